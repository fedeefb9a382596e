"""Root mean squared error, in the units of the target."""

from math import inf

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.metric import Metric

METRIC = Metric(label="RMSE", tasks=("regression",), better="lower", range=(0.0, inf), place=1)


def rmse(targets: NDArray[np.float64], predicted: NDArray[np.float64]) -> float:
    """Both `(rows,)`."""
    return float(np.sqrt(np.mean((predicted - targets) ** 2)))
