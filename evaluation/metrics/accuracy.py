"""Accuracy: the share of rows whose class is predicted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.ratios import share
from evaluation.metrics.metric import Metric

METRIC = Metric(label="accuracy", tasks=("binary", "multiclass"), better="higher", range=(0.0, 1.0), place=7)


def accuracy(targets: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Class indices `(rows,)` twice -> a share."""
    return share(np.sum(targets == predicted), len(targets))
