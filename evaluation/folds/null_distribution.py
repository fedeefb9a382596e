"""How far from the median of the folds luck takes a fold: in 5 % of studies any fold, in any metric, lies farther."""

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import median_abs_deviation, rankdata

FALSE_ALARMS = 0.05
STUDIES = 20_000


def reach_of_luck(dealt: Mapping[str, NDArray[np.float64]], share: float = 1.0) -> dict[str, float]:
    """Of folds that were dealt at random, in each metric: `{metric: (deals, folds)}` -> `{metric: distance}`.

    Westfall and Young, Resampling-Based Multiple Testing (1993), minP: metrics that say the same are not corrected for
    twice. Where a `share` of each fold's rows was dealt, the whole fold is taken as far as that times
    sqrt(rows dealt / rows) = sqrt(share): the variance of a mean over rows falls as one over their number.
    """
    farthest = np.stack([_farthest(values) for values in dealt.values()], axis=1)
    chances = rankdata(-farthest, method="max", axis=0) / len(farthest)
    level = np.quantile(chances.min(axis=1), FALSE_ALARMS)
    reach = np.quantile(farthest, 1 - level, axis=0, method="higher") * np.sqrt(share)
    return dict(zip(dealt, reach.tolist(), strict=True))


def _farthest(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the median of each deal, `(deals, folds)` -> `(deals,)`; 0 where no fold of a deal has a value."""
    farthest, known = np.zeros(len(values)), np.isfinite(values).any(axis=1)
    middle = np.nanmedian(values[known], axis=1, keepdims=True)
    farthest[known] = np.nanmax(np.abs(values[known] - middle), axis=1)
    return farthest


@cache
def reach_among_normal_folds(folds: int, metrics: int) -> float:
    """The same in median absolute deviations, if folds are normal, whatever spreads them; corrected by Bonferroni."""
    values = np.random.Generator(np.random.Philox(0)).normal(size=(STUDIES, folds))
    distances = np.abs(values - np.median(values, axis=1, keepdims=True)).max(axis=1)
    return float(
        np.quantile(distances / median_abs_deviation(values, axis=1, scale="normal"), 1 - FALSE_ALARMS / metrics)
    )
