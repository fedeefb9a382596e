"""Metrics that are a share of rows, and how sure such a share is: Wilson, JASA 22, 1927.

A bootstrap of rows that are all right is sure of itself; this interval has a width there, too.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from evaluation.metrics.classification import confusion_matrix, decisions
from evaluation.metrics.ratios import ratio

Floats = NDArray[np.float64]
Ends = tuple[float, float]


def share_intervals(
    passes: Sequence[NDArray[Any]], targets: NDArray[Any], task: str, cuts: Sequence[float | Floats]
) -> dict[str, Ends]:
    """`{metric: (low, high)}` of the metrics that are shares of independent rows, nan where the share is undefined.

    F1 is not a share, but rises with one: of the rows that are positive or called so, let `s` be those that are both;
    it is `2 s / (1 + s)`, and so are the ends of its interval.

    Args as in `sampling.sampling_intervals`. Several passes have their mean share, and no more rows than one of them.
    """
    counts = [_counts(logits, targets, task, cut) for logits, cut in zip(passes, cuts, strict=True)]
    found = {}
    for metric in counts[0]:
        right, rows = np.array([one[metric] for one in counts]).T
        low, high = wilson_interval(float(ratio(right, rows).mean()), float(rows.mean()))
        found[metric] = (2 * low / (1 + low), 2 * high / (1 + high)) if metric == "f1" else (low, high)
    return found


def wilson_interval(share: float, rows: float, level: float = 0.95) -> Ends:
    """All true shares that are not too far from `share` of so many `rows`, by the variance that they would have."""
    square = float(norm.ppf(0.5 + level / 2)) ** 2

    def low(part: float) -> float:
        half = sqrt(square) * sqrt(rows * part * (1 - part) + square / 4)
        return (rows * part + square / 2 - half) / (rows + square)

    return low(share), 1 - low(1 - share)


def _counts(logits: NDArray[Any], targets: NDArray[Any], task: str, cut: float | Floats) -> dict[str, tuple[int, int]]:
    """`{metric: (rows that are right, rows that it is about)}`; a multiclass task has macro means of the others."""
    if task == "regression":
        return {}
    matrix = confusion_matrix(decisions(logits, task, cut), targets, max(2, logits.shape[1]))
    found = {"accuracy": (matrix.trace(), matrix.sum())}
    if task == "binary":
        (tn, fp), (fn, tp) = matrix
        found |= {
            "f1": (tp, tp + fp + fn),
            "precision": (tp, tp + fp),
            "recall": (tp, tp + fn),
            "specificity": (tn, tn + fp),
        }
    return found
