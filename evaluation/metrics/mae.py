"""Mean absolute error, in the units of the target."""

from math import inf

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.metric import Metric

METRIC = Metric(label="MAE", tasks=("regression",), better="lower", range=(0.0, inf), place=2)


def mae(targets: NDArray[np.float64], predicted: NDArray[np.float64]) -> float:
    """Both `(rows,)`."""
    return float(np.mean(np.abs(predicted - targets)))
