"""Micro F1: F1 over the rows of all classes counted together.

It equals the accuracy where each row has one class.
"""

from typing import Any

from numpy.typing import NDArray

from evaluation.judging.counts import counts
from evaluation.judging.ratios import share
from evaluation.metrics.metric import Metric

METRIC = Metric(label="micro F1", tasks=("multiclass",), better="higher", range=(0.0, 1.0))


def micro_f1(targets: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Class indices `(rows,)` twice -> a share."""
    right, true, given = counts(targets, predicted)
    return share(2 * right.sum(), true.sum() + given.sum())
