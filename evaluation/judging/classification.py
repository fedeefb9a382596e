"""Predicted class of each row, and the confusion matrix."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def decisions(logits: NDArray[Any], task: str, cut: float | Floats = 0.0) -> NDArray[np.int64]:
    """Predicted class index of each row: `(rows, outputs)` -> `(rows,)`.

    Binary: the positive class where the log odds reach `cut`, one for all or `(rows,)`; 0 is a probability of 0.5.
    Multiclass: the largest logit, of equal ones the first.
    """
    return (logits[:, 0] >= cut).astype(np.int64) if task == "binary" else np.asarray(logits.argmax(axis=1))


def confusion_matrix(predicted: NDArray[Any], targets: NDArray[Any], num_classes: int) -> NDArray[np.int64]:
    """Counts, `(num_classes, num_classes)`: row = true class, column = predicted class."""
    cells = targets.astype(np.int64) * num_classes + predicted
    return np.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)
