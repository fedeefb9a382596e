"""Wilson's score interval of metrics that are a share of rows (Wilson, JASA 22, 1927).

The bootstrap interval of rows that are all right has width 0; this one does not.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from evaluation.judging.classification import confusion_matrix, decisions
from evaluation.judging.ratios import ratio

Floats = NDArray[np.float64]
Ends = tuple[float, float]


def share_intervals(
    passes: Sequence[NDArray[Any]], targets: NDArray[Any], task: str, cuts: Sequence[float | Floats]
) -> dict[str, Ends]:
    """`{metric: (low, high)}` of the metrics that are shares of independent rows, nan where the share is undefined.

    F1 is not a share, but a monotone function of one: `2 s / (1 + s)`, where `s` is the share of rows that are positive
    and predicted positive among those that are either. The ends of its interval are transformed likewise.

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
    """All true shares from which `share` of `rows` does not differ significantly, each with its own variance."""
    square = float(norm.ppf(0.5 + level / 2)) ** 2

    def low(part: float) -> float:
        half = sqrt(square) * sqrt(rows * part * (1 - part) + square / 4)
        return (rows * part + square / 2 - half) / (rows + square)

    return low(share), 1 - low(1 - share)


def _counts(logits: NDArray[Any], targets: NDArray[Any], task: str, cut: float | Floats) -> dict[str, tuple[int, int]]:
    """`{metric: (rows that are right, rows in the denominator)}`; of a multiclass task the others are macro means."""
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
