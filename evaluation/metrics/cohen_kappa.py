"""Cohen's kappa: agreement beyond chance (Educational and Psychological Measurement 20, 1960)."""

from typing import Any

from numpy.typing import NDArray

from evaluation.judging.counts import counts
from evaluation.metrics.metric import Metric

METRIC = Metric(
    label="Cohen's kappa",
    tasks=("binary", "multiclass"),
    better="higher",
    range=(-1.0, 1.0),
    undefined="all rows are of one class and predicted to be",
)


def cohen_kappa(targets: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Class indices `(rows,)` twice -> a number; nan where all rows are of one class and predicted to be."""
    right, true, given = counts(targets, predicted)
    rows = len(targets)
    chance = int(true @ given)
    return (rows * int(right.sum()) - chance) / (rows**2 - chance) if rows**2 > chance else float("nan")
