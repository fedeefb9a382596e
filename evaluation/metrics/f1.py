"""F1: the harmonic mean of precision and recall."""

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.ratios import share
from evaluation.metrics.metric import Metric

METRIC = Metric(label="F1", tasks=("binary", "multiclass"), better="higher", range=(0.0, 1.0), place=3, per_class=True)


def f1(targets: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    """Both `(rows,)`; nan where no row is positive, or predicted to be."""
    return share(2 * np.sum(targets & predicted), np.sum(targets) + np.sum(predicted))
