"""Micro precision: precision over the rows of all classes counted together.

It equals the accuracy where each row has one class, because every row is predicted to be of one class.
"""

from typing import Any

from numpy.typing import NDArray

from evaluation.judging.counts import counts
from evaluation.judging.ratios import share
from evaluation.metrics.metric import Metric

METRIC = Metric(label="micro precision", tasks=("multiclass",), better="higher", range=(0.0, 1.0))


def micro_precision(targets: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Class indices `(rows,)` twice -> a share."""
    right, _, given = counts(targets, predicted)
    return share(right.sum(), given.sum())
