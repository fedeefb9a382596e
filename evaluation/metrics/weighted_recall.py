"""Weighted recall: the mean over the classes of their recall, weighted by their number of rows.

It equals the accuracy where each row has one class, because the weight of a class is the denominator of its recall.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.counts import counts
from evaluation.metrics.metric import Metric

METRIC = Metric(label="weighted recall", tasks=("multiclass",), better="higher", range=(0.0, 1.0))


def weighted_recall(targets: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Class indices `(rows,)` twice -> a share."""
    right, true, _ = counts(targets, predicted)
    return float(np.sum(true * right / np.maximum(true, 1)) / len(targets))
