"""Recall, or sensitivity: of the positive rows, the share that are predicted to be."""

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.ratios import share
from evaluation.metrics.metric import Metric

METRIC = Metric(
    label="recall", tasks=("binary", "multiclass"), better="higher", range=(0.0, 1.0), place=5, per_class=True
)


def recall(targets: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    """Both `(rows,)`; nan where no row is positive."""
    return share(np.sum(targets & predicted), np.sum(targets))
