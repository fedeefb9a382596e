"""Balanced accuracy: the mean over the classes of their recall (Brodersen et al., ICPR 2010)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.metric import Metric

METRIC = Metric(label="balanced accuracy", tasks=("binary", "multiclass"), better="higher", range=(0.0, 1.0))


def balanced_accuracy(targets: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Class indices `(rows,)` twice -> a share; a class without rows is left out of the mean, as in scikit-learn."""
    rows = np.bincount(targets)
    right = np.bincount(targets[targets == predicted], minlength=len(rows))
    return float(np.mean(right[rows > 0] / rows[rows > 0]))
