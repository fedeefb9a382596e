"""Weighted precision: the mean over the classes of their precision, weighted by their number of rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.counts import counts
from evaluation.metrics.metric import Metric

METRIC = Metric(label="weighted precision", tasks=("multiclass",), better="higher", range=(0.0, 1.0))


def weighted_precision(targets: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Class indices `(rows,)` twice -> a share; a class that is never predicted counts as 0, as in scikit-learn."""
    right, true, given = counts(targets, predicted)
    return float(np.sum(true * right / np.maximum(given, 1)) / len(targets))
