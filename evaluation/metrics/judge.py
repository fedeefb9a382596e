"""The numbers that a run reports, exact and in float64. What a formula leaves undefined is nan, never 0."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.classification import DECISIONS, PER_CLASS, judge_binary, judge_multiclass
from evaluation.metrics.classification import judge_decisions as binary_decisions

CLASSIFICATION = ("loss", *PER_CLASS, "accuracy", "brier")
METRICS = {"binary": CLASSIFICATION, "multiclass": CLASSIFICATION, "regression": ("loss", "rmse", "mae", "r2")}
"""Names of the metrics of each task, in the order in which they are shown."""
LOWER_IS_BETTER = frozenset({"loss", "brier", "rmse", "mae"})
RARE = 0.1


def shown_metrics(metrics: Mapping[str, Any]) -> tuple[str, ...]:
    """`METRICS` of a `metrics.json`, in the order in which a reader should meet them.

    Where a class is rare (a base rate below 0.1 or above 0.9), average precision goes first: AUROC and accuracy look
    good there whatever the network does (Saito and Rehmsmeier, PLOS ONE 10, 2015).
    """
    names = METRICS[metrics["task"]]
    rate = metrics["baseline"].get("base_rate", 0.5)
    if RARE <= rate <= 1 - RARE:
        return names
    return ("average_precision", *(name for name in names if name != "average_precision"))


def judge(
    logits: NDArray[Any],
    targets: NDArray[Any],
    task: str,
    classes: tuple[str, ...] = (),
    cut: float | NDArray[np.float64] = 0.0,
) -> dict[str, Any]:
    """Every metric of the task: logits `(rows, outputs)`, targets `(rows,)` -> `{metric: float}`.

    Decisions are those of `classification.decisions`, binary ones at `cut`. `loss` is the mean cross entropy, for
    regression the mean squared error in the target's own units. `brier` is the mean squared error of the probabilities,
    for multiclass summed over classes (Brier, Monthly Weather Review 78, 1950). Multiclass adds
    `per_class: {class: {metric: float}}`. Where a value is undefined (one class only, no row called positive,
    non-finite logits), it is nan and `reasons: {metric: text}` says why; without such a value there is no `reasons`.
    """
    if problem := _unusable(logits):
        return {**dict.fromkeys(METRICS[task], float("nan")), "reasons": dict.fromkeys(METRICS[task], problem)}
    logits = logits.astype(np.float64)
    if task == "regression":
        scores, reasons = _judge_regression(logits[:, 0], targets.astype(np.float64))
    elif task == "binary":
        scores, reasons = judge_binary(logits, targets, classes[1] if classes else "1", cut)
    else:
        scores, reasons = judge_multiclass(logits, targets, classes or tuple(map(str, range(logits.shape[1]))))
    judged = {name: scores[name] for name in (*METRICS[task], "per_class") if name in scores}
    return {**judged, "reasons": reasons} if reasons else judged


def judge_decisions(
    logits: NDArray[Any], targets: NDArray[Any], classes: tuple[str, ...], cut: float | NDArray[np.float64]
) -> dict[str, Any]:
    """`judge` of a binary task, but only `classification.DECISIONS`, which follow the cut, and their `reasons`."""
    if problem := _unusable(logits):
        return {**dict.fromkeys(DECISIONS, float("nan")), "reasons": dict.fromkeys(DECISIONS, problem)}
    scores, reasons = binary_decisions(logits.astype(np.float64), targets, classes[1], cut)
    return {**scores, "reasons": reasons} if reasons else scores


def _unusable(logits: NDArray[Any]) -> str:
    if not len(logits):
        return "there are no rows"
    if (finite := np.isfinite(logits)).all():
        return ""
    return f"{int(np.sum(~finite.all(axis=1)))} of {len(logits)} rows have a non-finite prediction"


def _judge_regression(
    predicted: NDArray[np.float64], targets: NDArray[np.float64]
) -> tuple[dict[str, float], dict[str, str]]:
    squares, spread = (predicted - targets) ** 2, float(np.sum((targets - targets.mean()) ** 2))
    scores = {
        "loss": float(squares.mean()),
        "rmse": float(np.sqrt(squares.mean())),
        "mae": float(np.abs(predicted - targets).mean()),
        "r2": 1.0 - float(squares.sum()) / spread if spread else float("nan"),
    }
    return scores, {} if spread else {"r2": "the target has one value only"}
