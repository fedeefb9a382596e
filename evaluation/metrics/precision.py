"""Precision: of the rows that are predicted to be positive, the share that are."""

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.ratios import share
from evaluation.metrics.metric import Metric

METRIC = Metric(
    label="precision", tasks=("binary", "multiclass"), better="higher", range=(0.0, 1.0), place=4, per_class=True
)


def precision(targets: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    """Both `(rows,)`; nan where no row is predicted to be positive."""
    return share(np.sum(targets & predicted), np.sum(predicted))
