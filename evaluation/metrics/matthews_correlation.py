"""Matthews correlation: of true and predicted class (Gorodkin, Comput. Biol. Chem. 28, 2004)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.counts import counts
from evaluation.metrics.metric import Metric

METRIC = Metric(
    label="Matthews correlation",
    tasks=("binary", "multiclass"),
    better="higher",
    range=(-1.0, 1.0),
    undefined="all rows are of one class, or predicted to be",
)


def matthews_correlation(targets: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Class indices `(rows,)` twice -> a number; nan where all rows are of, or predicted to be of, one class."""
    right, true, given = counts(targets, predicted)
    rows = len(targets)
    spread = float(rows**2 - true @ true) * float(rows**2 - given @ given)
    return float(rows * right.sum() - true @ given) / float(np.sqrt(spread)) if spread else float("nan")
