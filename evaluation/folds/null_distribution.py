"""Null distribution of a fold's deviation from the median: its 5 % limit over all folds and metrics of a study."""

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import median_abs_deviation, rankdata

FALSE_ALARMS = 0.05
STUDIES = 20_000


def permutation_limits(permuted: Mapping[str, NDArray[np.float64]], share: float = 1.0) -> dict[str, float]:
    """Permutation limit of each metric: `{metric: (permutations, folds)}` -> `{metric: distance from the median}`.

    Westfall and Young, Resampling-Based Multiple Testing (1993), minP: redundant metrics are not corrected for twice.
    Where only a `share` of each fold's rows was permuted, the limit of the whole fold is that times
    sqrt(rows permuted / rows) = sqrt(share): the variance of a mean over rows falls as one over their number.
    """
    farthest = np.stack([_farthest(values) for values in permuted.values()], axis=1)
    chances = rankdata(-farthest, method="max", axis=0) / len(farthest)
    level = np.quantile(chances.min(axis=1), FALSE_ALARMS)
    limits = np.quantile(farthest, 1 - level, axis=0, method="higher") * np.sqrt(share)
    return dict(zip(permuted, limits.tolist(), strict=True))


def _farthest(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest deviation from the median, `(permutations, folds)` -> `(permutations,)`; 0 where no fold has a value."""
    farthest, known = np.zeros(len(values)), np.isfinite(values).any(axis=1)
    middle = np.nanmedian(values[known], axis=1, keepdims=True)
    farthest[known] = np.nanmax(np.abs(values[known] - middle), axis=1)
    return farthest


@cache
def limit_of_normal_folds(folds: int, metrics: int) -> float:
    """Limit in robust deviations for normally distributed folds, whatever their spread; Bonferroni-corrected."""
    values = np.random.Generator(np.random.Philox(0)).normal(size=(STUDIES, folds))
    distances = np.abs(values - np.median(values, axis=1, keepdims=True)).max(axis=1)
    return float(
        np.quantile(distances / median_abs_deviation(values, axis=1, scale="normal"), 1 - FALSE_ALARMS / metrics)
    )
