"""Scores that are hard to judge, and what scikit-learn says about them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp
from sklearn.metrics import accuracy_score, f1_score, log_loss, mean_squared_error, r2_score, roc_auc_score

MEMBERS, ROWS = 3, 60


class Scores(NamedTuple):
    """Logits `(members, rows, outputs)`, targets and weights `(members, rows)`."""

    logits: NDArray
    targets: NDArray
    weights: NDArray

    def member(self, index: int) -> tuple[NDArray, NDArray]:
        """Logits and targets of one member without the padding."""
        valid = self.weights[index] > 0
        return self.logits[index][valid], self.targets[index][valid]


def binary(kind: str) -> Scores:
    """One logit a row. `near_0`: probabilities around 1e-3; `saturated`: sigmoid rounds them to 1.0 in float32."""
    random = np.random.default_rng(1)
    targets = random.integers(0, 2, (MEMBERS, ROWS))
    logits = random.normal(size=(MEMBERS, ROWS)) + targets
    change = {
        "spread": lambda x: x,
        "near_0": lambda x: np.log(1e-3) + 0.01 * x,
        "near_1": lambda x: -np.log(1e-3) + 0.01 * x,
        "saturated": lambda x: 30.0 + x,
        "ties": np.round,
    }
    return Scores(change[kind](logits)[..., None].astype(np.float32), targets, _padded(random))


def multiclass(kind: str, classes: int = 4) -> Scores:
    """`saturated`: the winner's softmax rounds to 1.0 in float32, and often in float64."""
    random = np.random.default_rng(2)
    targets = random.integers(0, classes, (MEMBERS, ROWS))
    logits = random.normal(size=(MEMBERS, ROWS, classes)) + np.eye(classes)[targets]
    change = {"spread": lambda x: x, "saturated": lambda x: 40.0 * x, "ties": np.round}
    return Scores(change[kind](logits).astype(np.float32), targets, _padded(random))


def regression() -> Scores:
    """Values far from 0 and near to each other."""
    random = np.random.default_rng(3)
    targets = (100.0 + random.normal(size=(MEMBERS, ROWS))).astype(np.float32)
    return Scores((targets + random.normal(size=targets.shape))[..., None].astype(np.float32), targets, _padded(random))


def judged_by_sklearn(scores: Scores, member: int, task: str) -> dict[str, float]:
    """The live metrics of one member."""
    logits, targets = scores.member(member)
    logits = logits.astype(np.float64)
    if task == "regression":
        loss = mean_squared_error(targets, logits[:, 0])
        return {"loss": loss, "rmse": np.sqrt(loss), "r2": r2_score(targets, logits[:, 0])}
    if task == "binary":
        values = logits[:, 0]
        chosen = (values >= 0).astype(int)
        return {
            "loss": np.mean(np.logaddexp(0.0, values) - targets * values),
            "auroc": roc_auc_score(targets, values),
            "f1": f1_score(targets, chosen),
            "accuracy": accuracy_score(targets, chosen),
        }
    labels = np.arange(logits.shape[1])
    odds = np.stack([logits[:, c] - logsumexp(np.delete(logits, c, 1), axis=1) for c in labels], axis=1).round(10)
    return {
        "loss": log_loss(targets, np.exp(logits - logsumexp(logits, axis=1, keepdims=True)), labels=labels)
        if np.abs(logits).max() < 30
        else np.mean(logsumexp(logits, axis=1) - logits[np.arange(len(targets)), targets]),
        "auroc": np.mean([roc_auc_score(targets == c, odds[:, c]) for c in labels]),
        "f1": f1_score(targets, logits.argmax(1), average="macro"),
        "accuracy": accuracy_score(targets, logits.argmax(1)),
    }


def rounds_to_ties(logits: NDArray) -> bool:
    """Whether float32 probabilities of these binary logits no longer tell all rows apart."""
    return len(np.unique(expit(logits.astype(np.float32)))) < len(np.unique(logits))


def _padded(random: np.random.Generator) -> NDArray:
    """The members have 60, 57 and 41 rows; what stands in the padding must not matter."""
    return (np.arange(ROWS) < np.array([60, 57, 41])[:, None]).astype(np.float32)
