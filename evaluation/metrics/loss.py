"""Loss: the mean cross entropy; of a regression the mean squared error in the units of the target squared."""

from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.row_losses import row_losses
from evaluation.metrics.metric import Metric

METRIC = Metric(label="loss", tasks=("binary", "multiclass", "regression"), better="lower", range=(0.0, inf), place=0)


def loss(targets: NDArray[Any], logits: NDArray[np.float64], task: str) -> float:
    """Mean of `row_losses`: `(rows,)` and `(rows, outputs)` -> a number."""
    return float(np.mean(row_losses(logits, targets, task)))
