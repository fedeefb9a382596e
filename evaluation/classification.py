"""Exact classification metrics; `evaluation.metrics.judge` is their door."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from evaluation.curves import average_precision, roc_auc
from evaluation.probabilities import one_vs_rest_logits, probabilities

Floats = NDArray[np.float64]

PER_CLASS = ("auroc", "average_precision", "f1", "precision", "recall", "specificity")
"""Metrics that each class has; a multiclass task's own value is their unweighted (macro) mean."""


def decisions(logits: NDArray[Any], task: str) -> NDArray[np.int64]:
    """Class index that each row is given: `(rows, outputs)` -> `(rows,)`.

    Binary: the positive class where p >= 0.5. Multiclass: the largest logit, of equal ones the first.
    """
    return (logits[:, 0] >= 0).astype(np.int64) if task == "binary" else np.asarray(logits.argmax(axis=1))


def confusion_matrix(predicted: NDArray[Any], targets: NDArray[Any], num_classes: int) -> NDArray[np.int64]:
    """Counts, `(num_classes, num_classes)`: row = true class, column = the class that was given."""
    cells = targets.astype(np.int64) * num_classes + predicted
    return np.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)


def judge_binary(logits: Floats, targets: NDArray[Any], positive: str = "1") -> tuple[dict[str, float], dict[str, str]]:
    """Metrics of one logit per row, `(rows,)` twice, and the reason of each that is undefined."""
    matrix = confusion_matrix(decisions(logits[:, None], "binary"), targets, 2)
    scores = _one_against_rest(logits, targets, matrix, 1)
    reasons = _why_undefined(scores, positive)
    scores["loss"] = float(np.mean(np.logaddexp(0.0, logits) - targets * logits))
    scores["accuracy"] = float(np.trace(matrix) / matrix.sum())
    scores["brier"] = float(np.mean((probabilities(logits, "binary") - targets) ** 2))
    return scores, reasons


def judge_multiclass(
    logits: Floats, targets: NDArray[Any], names: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Macro metrics of `(rows, classes)` logits and `per_class`, and the reason of each that is undefined."""
    matrix, ranks = confusion_matrix(decisions(logits, "multiclass"), targets, len(names)), one_vs_rest_logits(logits)
    per_class = {name: _one_against_rest(ranks[:, index], targets, matrix, index) for index, name in enumerate(names)}
    reasons: dict[str, str] = {}
    for name, values in per_class.items():
        reasons = _why_undefined(values, name) | reasons
    truth = np.eye(len(names))[targets.astype(np.int64)]
    scores: dict[str, Any] = {key: float(np.mean([one[key] for one in per_class.values()])) for key in PER_CLASS}
    scores["loss"] = float(-np.mean(np.sum(truth * log_softmax(logits, axis=1), axis=1)))
    scores["accuracy"] = float(np.trace(matrix) / matrix.sum())
    scores["brier"] = float(np.mean(np.sum((probabilities(logits, "multiclass") - truth) ** 2, axis=1)))
    scores["per_class"] = per_class
    return scores, reasons


def _one_against_rest(ranks: Floats, targets: NDArray[Any], matrix: NDArray[np.int64], index: int) -> dict[str, float]:
    """`PER_CLASS` of the class `index`, ranked by `ranks` and decided as in the confusion `matrix`."""
    positive = targets == index
    tp, true, given = matrix[index, index], matrix[index].sum(), matrix[:, index].sum()
    tn = matrix.sum() - true - given + tp
    return {
        "auroc": roc_auc(ranks, positive),
        "average_precision": average_precision(ranks, positive),
        "f1": _ratio(2 * tp, true + given),
        "precision": _ratio(tp, given),
        "recall": _ratio(tp, true),
        "specificity": _ratio(tn, matrix.sum() - true),
    }


def _why_undefined(scores: dict[str, float], name: str) -> dict[str, str]:
    """The reason of each value of `_one_against_rest` that is nan."""
    none = f"no row is of class {name!r}"
    causes = {
        "auroc": none if np.isnan(scores["recall"]) else f"every row is of class {name!r}",
        "average_precision": none,
        "f1": f"{none}, and none was given it",
        "precision": f"no row was given class {name!r}",
        "recall": none,
        "specificity": f"every row is of class {name!r}",
    }
    return {metric: causes[metric] for metric in PER_CLASS if np.isnan(scores[metric])}


def _ratio(part: np.int64, whole: np.int64) -> float:
    return float(part / whole) if whole else float("nan")
