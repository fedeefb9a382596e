"""DeLong's paired test of the AUROC of two runs that scored the same rows."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from evaluation.intervals.delong import (
    Components,
    clustered_error,
    components,
    mean_components,
    no_clustered_error,
    standard_error,
)
from evaluation.judging.pooled import passes
from evaluation.predictions import Predictions


class PooledTest(NamedTuple):
    """The fields of `paired.Difference`, and the `reason` where they are nan."""

    difference: float
    low: float
    high: float
    p: float
    reason: str = ""


def pooled_auroc_test(one: Predictions, other: Predictions, groups: NDArray[np.int32] | None = None) -> PooledTest:
    """Difference of the pooled AUROC of two runs, its 95 % interval and two-sided p value.

    DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988). Both must have scored the same rows, in every repeat; the
    AUROC is the mean over repeats. The variance is that of sampling rows with the networks fixed, or whole `groups`
    `(table rows,)` where they are given (Obuchowski, Biometrics 53, 1997). nan where a prediction is not finite, or no
    row of one class has been scored in every repeat.
    """
    finite = np.isfinite(one.logits).all() and np.isfinite(other.logits).all()
    if not finite or len(np.unique(passes(one)[0].target)) < 2:
        cause = "a class has no row that was scored in every repeat" if finite else "a prediction is not finite"
        nan = float("nan")
        return PooledTest(nan, nan, nan, nan, cause)
    here, there = _parts(one), _parts(other)
    parts = Components(here.area - there.area, here.positive - there.positive, here.negative - there.negative)
    of_classes = [] if groups is None else _groups_of_classes(one, groups)
    reason = no_clustered_error(parts, *of_classes) if of_classes else ""
    error = clustered_error(parts, *of_classes) if of_classes else standard_error(parts)
    half = float(norm.ppf(0.975)) * error
    p = float(2 * norm.sf(abs(parts.area) / error)) if error else float(parts.area == 0)
    return PooledTest(parts.area, parts.area - half, parts.area + half, p, reason)


def _groups_of_classes(scored: Predictions, groups: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """The groups of the positive and of the negative rows, in the order of `_parts`."""
    rows = passes(scored)[0]
    numbers = np.unique(groups[rows.row], return_inverse=True)[1]
    return [numbers[rows.target == target] for target in (1, 0)]


def _parts(scored: Predictions) -> Components:
    """The components of the mean over repeats, rows in ascending order."""
    return mean_components([components(one.logits[:, 0], one.target) for one in passes(scored)])
