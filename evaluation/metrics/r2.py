"""R2, the coefficient of determination: 1 minus the squared error in shares of that of the mean."""

from math import inf

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.metric import Metric

METRIC = Metric(
    label="R²",
    tasks=("regression",),
    better="higher",
    range=(-inf, 1.0),
    place=3,
    undefined="the target has one value only",
)


def r2(targets: NDArray[np.float64], predicted: NDArray[np.float64]) -> float:
    """Both `(rows,)`; nan where the target has one value only."""
    spread = float(np.sum((targets - targets.mean()) ** 2))
    return 1.0 - float(np.sum((predicted - targets) ** 2)) / spread if spread else float("nan")
