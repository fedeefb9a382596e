"""Brier score: mean squared error of the probabilities, summed over several classes (Brier 1950)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.row_losses import row_briers
from evaluation.metrics.metric import Metric

METRIC = Metric(label="Brier score", tasks=("binary", "multiclass"), better="lower", range=(0.0, 2.0), place=8)


def brier(targets: NDArray[Any], logits: NDArray[np.float64], task: str) -> float:
    """Mean of `row_briers`: `(rows,)` and `(rows, outputs)` -> a number (Monthly Weather Review 78)."""
    return float(np.mean(row_briers(logits, targets, task)))
