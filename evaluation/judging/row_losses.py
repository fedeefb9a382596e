"""Loss and Brier score of each row, whose means are the metrics."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from evaluation.judging.probabilities import probabilities

Floats = NDArray[np.float64]


def row_losses(logits: NDArray[Any], targets: NDArray[Any], task: str) -> Floats:
    """Cross entropy of each row, regression: squared error; `(rows, outputs)` and `(rows,)` -> `(rows,)`."""
    logits = logits.astype(np.float64)
    if task == "binary":
        return np.asarray(np.logaddexp(0.0, logits[:, 0]) - targets * logits[:, 0])
    if task == "multiclass":
        return np.asarray(-np.sum(_truth(logits, targets) * log_softmax(logits, axis=1), axis=1))
    return np.asarray((logits[:, 0] - targets.astype(np.float64)) ** 2)


def row_briers(logits: NDArray[Any], targets: NDArray[Any], task: str) -> Floats:
    """Squared error of each row's probabilities, summed over the classes of a multiclass task; as `row_losses`."""
    chances = probabilities(logits, task)
    if task == "binary":
        return np.asarray((chances[:, 0] - targets) ** 2)
    return np.asarray(np.sum((chances - _truth(logits, targets)) ** 2, axis=1))


def _truth(logits: NDArray[Any], targets: NDArray[Any]) -> Floats:
    return np.eye(logits.shape[1])[targets.astype(np.int64)]
