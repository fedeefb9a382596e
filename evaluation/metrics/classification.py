"""Exact classification metrics; `evaluation.metrics.judge.judge` is their door."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.curves import areas
from evaluation.metrics.probabilities import one_vs_rest_logits
from evaluation.metrics.row_losses import row_briers, row_losses

Floats = NDArray[np.float64]

PER_CLASS = ("auroc", "average_precision", "f1", "precision", "recall", "specificity")
"""Metrics that each class has; a multiclass task's own value is their unweighted (macro) mean."""

DECISIONS = ("f1", "precision", "recall", "specificity", "accuracy")
"""Metrics that follow the threshold of a binary task."""


def decisions(logits: NDArray[Any], task: str, cut: float | Floats = 0.0) -> NDArray[np.int64]:
    """Class index that each row is given: `(rows, outputs)` -> `(rows,)`.

    Binary: the positive class where the log odds reach `cut`, one for all or `(rows,)`; 0 is a probability of 0.5.
    Multiclass: the largest logit, of equal ones the first.
    """
    return (logits[:, 0] >= cut).astype(np.int64) if task == "binary" else np.asarray(logits.argmax(axis=1))


def confusion_matrix(predicted: NDArray[Any], targets: NDArray[Any], num_classes: int) -> NDArray[np.int64]:
    """Counts, `(num_classes, num_classes)`: row = true class, column = the class that was given."""
    cells = targets.astype(np.int64) * num_classes + predicted
    return np.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)


def judge_binary(
    logits: Floats, targets: NDArray[Any], positive: str, cut: float | Floats
) -> tuple[dict[str, float], dict[str, str]]:
    """Metrics of `(rows, 1)` logits, targets `(rows,)`, and the reason of each that is undefined."""
    matrix = confusion_matrix(decisions(logits, "binary", cut), targets, 2)
    scores = _ranked(logits[:, 0], targets == 1) | _of_decisions(matrix)[1]
    reasons = _why_undefined(scores, positive)
    return scores | _of_all_classes(logits, targets, matrix, "binary"), reasons


def judge_decisions(
    logits: NDArray[Any], targets: NDArray[Any], positive: str, cut: float | Floats
) -> tuple[dict[str, float], dict[str, str]]:
    """`judge_binary`, but `DECISIONS` alone: those of many cuts are had without sorting the rows for each."""
    matrix = confusion_matrix(decisions(logits, "binary", cut), targets, 2)
    scores = _of_decisions(matrix)[1]
    return scores | {"accuracy": _accuracy(matrix)}, _why_undefined(scores, positive)


def judge_multiclass(
    logits: Floats, targets: NDArray[Any], names: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Macro metrics of `(rows, classes)` logits and `per_class`, and the reason of each that is undefined."""
    matrix, ranks = confusion_matrix(decisions(logits, "multiclass"), targets, len(names)), one_vs_rest_logits(logits)
    per_class = {
        name: _ranked(ranks[:, index], targets == index) | decided
        for index, (name, decided) in enumerate(zip(names, _of_decisions(matrix), strict=True))
    }
    reasons: dict[str, str] = {}
    for name, values in per_class.items():
        reasons = _why_undefined(values, name) | reasons
    scores: dict[str, Any] = {key: float(np.mean([one[key] for one in per_class.values()])) for key in PER_CLASS}
    scores |= _of_all_classes(logits, targets, matrix, "multiclass")
    scores["per_class"] = per_class
    return scores, reasons


def _of_all_classes(logits: Floats, targets: NDArray[Any], matrix: NDArray[np.int64], task: str) -> dict[str, float]:
    return {
        "loss": float(np.mean(row_losses(logits, targets, task))),
        "accuracy": _accuracy(matrix),
        "brier": float(np.mean(row_briers(logits, targets, task))),
    }


def _ranked(scores: Floats, positive: NDArray[np.bool_]) -> dict[str, float]:
    """The metrics of one class that follow from the order of its scores; both `(rows,)`."""
    auroc, average_precision = areas(scores, positive)
    return {"auroc": auroc, "average_precision": average_precision}


def _of_decisions(matrix: NDArray[np.int64]) -> list[dict[str, float]]:
    """The metrics of each class that follow from the confusion `matrix` alone."""
    trues, calls, rows = matrix.sum(axis=1).tolist(), matrix.sum(axis=0).tolist(), int(matrix.sum())
    return [
        {
            "f1": _ratio(2 * tp, true + given),
            "precision": _ratio(tp, given),
            "recall": _ratio(tp, true),
            "specificity": _ratio(rows - true - given + tp, rows - true),
        }
        for tp, true, given in zip(matrix.diagonal().tolist(), trues, calls, strict=True)
    ]


def _why_undefined(scores: dict[str, float], name: str) -> dict[str, str]:
    """The reason of each of `PER_CLASS` that is nan."""
    none = f"no row is of class {name!r}"
    causes = {
        "auroc": none if math.isnan(scores["recall"]) else f"every row is of class {name!r}",
        "average_precision": none,
        "f1": f"{none}, and none was given it",
        "precision": f"no row was given class {name!r}",
        "recall": none,
        "specificity": f"every row is of class {name!r}",
    }
    return {metric: causes[metric] for metric, value in scores.items() if math.isnan(value)}


def _accuracy(matrix: NDArray[np.int64]) -> float:
    return _ratio(int(matrix.trace()), int(matrix.sum()))


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
