"""Micro recall: recall over the rows of all classes counted together.

It equals the accuracy where each row has one class.
"""

from typing import Any

from numpy.typing import NDArray

from evaluation.judging.counts import counts
from evaluation.judging.ratios import share
from evaluation.metrics.metric import Metric

METRIC = Metric(label="micro recall", tasks=("multiclass",), better="higher", range=(0.0, 1.0))


def micro_recall(targets: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Class indices `(rows,)` twice -> a share."""
    right, true, _ = counts(targets, predicted)
    return share(right.sum(), true.sum())
