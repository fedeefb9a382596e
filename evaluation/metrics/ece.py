"""Expected calibration error, in bins of equal width (Naeini, Cooper and Hauskrecht, AAAI 2015)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.choices.calibration import calibration
from evaluation.metrics.metric import Metric

METRIC = Metric(label="expected calibration error", tasks=("binary", "multiclass"), better="lower", range=(0.0, 1.0))


def ece(targets: NDArray[Any], logits: NDArray[np.float64], task: str) -> float:
    """See `calibration.calibration`: `(rows,)` and `(rows, outputs)` -> a number."""
    return float(calibration(logits, targets, task)["ece"])
