"""Top-k accuracy: the share of rows whose class is among the `k` of the largest probability."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.types import Count
from evaluation.metrics.metric import Metric

METRIC = Metric(label="top-{k} accuracy", tasks=("multiclass",), better="higher", range=(0.0, 1.0))


def top_k_accuracy(targets: NDArray[Any], logits: NDArray[np.float64], *, k: Count = 2) -> float:
    """`(rows,)` and `(rows, classes)` -> a share; of equal logits the last class goes first, as in scikit-learn."""
    largest = np.argsort(logits, axis=1, kind="stable")[:, ::-1][:, :k]
    return float(np.mean(np.any(largest == targets[:, None], axis=1)))
