"""Exact ROC and precision-recall curves of one member: every distinct score is a threshold, without bins."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def threshold_counts(scores: NDArray[Any], targets: NDArray[Any]) -> tuple[Integers, Integers]:
    """False and true positives at every distinct threshold: `(rows,)` twice -> `(thresholds + 1,)` twice.

    The first threshold predicts no row positive, the last one all. `targets` are in {0, 1}. Tied rows
    arrive together.
    """
    order = np.argsort(-scores, kind="stable")
    scores, positive = scores[order], targets[order] == 1
    differs = np.ones(len(scores), np.bool_)  # from the next one, as the last score does
    np.not_equal(scores[1:], scores[:-1], out=differs[:-1])
    last_of_its_score = np.flatnonzero(differs)
    true, false = np.zeros((2, len(last_of_its_score) + 1), np.int64)
    true[1:] = np.cumsum(positive, dtype=np.int64)[last_of_its_score]
    false[1:] = 1 + last_of_its_score - true[1:]
    return false, true


def roc_curve(scores: NDArray[Any], targets: NDArray[Any]) -> tuple[Floats, Floats]:
    """False and true positive rate at every threshold; nan where one class is missing."""
    false, true = threshold_counts(scores, targets)
    return _share(false), _share(true)


def precision_recall_curve(scores: NDArray[Any], targets: NDArray[Any]) -> tuple[Floats, Floats]:
    """Recall (ascending) and precision at each threshold that predicts a positive; recall is nan without positives."""
    false, true = threshold_counts(scores, targets)
    return _share(true)[1:], true[1:] / (true + false)[1:]


def roc_auc(scores: NDArray[Any], targets: NDArray[Any]) -> float:
    """Exact area under the ROC curve of one member; ties count one half. Both `(rows,)`, targets in {0, 1}.

    Counted in integers, so it is also right for scores squeezed against 0 or 1; nan where one class is missing.
    """
    return areas(scores, targets)[0]


def average_precision(scores: NDArray[Any], targets: NDArray[Any]) -> float:
    """Sum over thresholds of precision times the gain in recall, as in scikit-learn; nan without positives.

    No interpolation: Davis and Goadrich (2006) show that straight lines between these points are too optimistic.
    """
    return areas(scores, targets)[1]


def areas(scores: NDArray[Any], targets: NDArray[Any]) -> tuple[float, float]:
    """`roc_auc` and `average_precision`, for one sort of the rows."""
    false, true = threshold_counts(scores, targets)
    negatives, positives = int(false[-1]), int(true[-1])
    if not positives:
        return float("nan"), float("nan")
    recall = true / positives
    precision = float(np.sum((recall[1:] - recall[:-1]) * (true[1:] / (true + false)[1:])))
    if not negatives:
        return float("nan"), precision
    twice_the_pairs = int(np.sum((false[1:] - false[:-1]) * (true[1:] + true[:-1])))
    return twice_the_pairs / (2 * negatives * positives), precision


def macro_roc_curve(curves: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Mean true positive rate of several ROC curves at every false positive rate that one of them has.

    The area below it is the mean of their areas. Each point of the grid is there twice, below and above the vertical
    rises that the curves have at it.
    """
    grid = np.unique(np.concatenate([false for false, _ in curves]))
    below = np.mean([np.interp(-grid, -false[::-1], true[::-1]) for false, true in curves], axis=0)
    above = np.mean([np.interp(grid, false, true) for false, true in curves], axis=0)
    return np.repeat(grid, 2), np.stack([below, above], axis=1).ravel()


def macro_precision_recall_curve(curves: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Mean precision of several curves at every recall that one of them has, read as steps; areas add up alike."""
    grid = np.unique(np.concatenate([recall for recall, _ in curves]))
    return grid, np.mean([precision_at(grid, *curve) for curve in curves], axis=0)


def precision_at(grid: Floats, recall: Floats, precision: Floats) -> Floats:
    """Precision at the first threshold that reaches each recall of `grid`, `(points,)` -> `(points,)`."""
    return precision[np.searchsorted(recall, grid)]


def _share(counts: Integers) -> Floats:
    return counts / counts[-1] if counts[-1] else np.full(len(counts), np.nan)
