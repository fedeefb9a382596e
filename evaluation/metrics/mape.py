"""Mean absolute percentage error, as a share: 0.1 is 10 %."""

from math import inf

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.metric import Metric

METRIC = Metric(label="MAPE", tasks=("regression",), better="lower", range=(0.0, inf), undefined="a target is 0")


def mape(targets: NDArray[np.float64], predicted: NDArray[np.float64]) -> float:
    """Both `(rows,)`; nan where a target is 0."""
    return float(np.mean(np.abs((predicted - targets) / targets))) if targets.all() else float("nan")
