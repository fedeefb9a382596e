"""Area under the ROC curve: the share of pairs of a positive and a negative row that are in the right order."""

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.curves import roc_auc
from evaluation.metrics.metric import Metric

METRIC = Metric(
    label="AUROC", tasks=("binary", "multiclass"), better="higher", range=(0.0, 1.0), place=1, per_class=True
)


def auroc(targets: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Exact, a tie counts one half; both `(rows,)`. nan where one class is missing."""
    return roc_auc(scores, targets)
