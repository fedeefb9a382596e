"""Average precision: the sum over thresholds of precision times the gain in recall."""

import numpy as np
from numpy.typing import NDArray

from evaluation.judging import curves
from evaluation.metrics.metric import Metric

METRIC = Metric(
    label="average precision",
    tasks=("binary", "multiclass"),
    better="higher",
    range=(0.0, 1.0),
    place=2,
    per_class=True,
)


def average_precision(targets: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """See `curves.average_precision`; both `(rows,)`. nan without positive rows."""
    return curves.average_precision(scores, targets)
