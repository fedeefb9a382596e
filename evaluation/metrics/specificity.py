"""Specificity: of the negative rows, the share that are predicted to be."""

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.ratios import share
from evaluation.metrics.metric import Metric

METRIC = Metric(
    label="specificity", tasks=("binary", "multiclass"), better="higher", range=(0.0, 1.0), place=6, per_class=True
)


def specificity(targets: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    """Both `(rows,)`; nan where no row is negative."""
    return share(np.sum(~targets & ~predicted), np.sum(~targets))
