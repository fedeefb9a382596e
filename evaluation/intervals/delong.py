"""DeLong's variance and interval of the AUROC (DeLong, DeLong and Clarke-Pearson, Biometrics 44, 1988).

It needs no assumption about the scores. Midranks give it in one sort, as Sun and Xu (IEEE Signal Processing Letters 21,
2014) show.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import norm, rankdata

Floats = NDArray[np.float64]

ROUNDING = 1e-12


class Components(NamedTuple):
    """An area and its structural components, one of each row; those of a difference or mean of areas are theirs.

    `positive` `(positives,)` is the share of negatives that each positive is ranked above, `negative` `(negatives,)`
    the share of positives that are ranked above each negative; ties count one half. Both have the area as their mean.
    """

    area: float
    positive: Floats
    negative: Floats


def components(scores: NDArray[Any], targets: NDArray[Any]) -> Components:
    """Structural components of the AUROC. Both `(rows,)`, targets in {0, 1}, one row of each class at least."""
    positive = targets == 1
    ranks, positives, negatives = rankdata(scores), int(positive.sum()), int((~positive).sum())
    above = (ranks[positive] - rankdata(scores[positive])) / negatives
    below = 1.0 - (ranks[~positive] - rankdata(scores[~positive])) / positives
    return Components(float(above.mean()), above, below)


def mean_components(parts: Sequence[Components]) -> Components:
    """The mean of several areas over the same rows, such as repeats: their correlation is accounted for."""
    area, positive, negative = (np.mean([getattr(one, name) for one in parts], axis=0) for name in Components._fields)
    return Components(float(area), positive, negative)


def standard_error(parts: Components) -> float:
    """Standard error of the area (or of a difference of areas); nan with a single row of either class."""
    if min(len(parts.positive), len(parts.negative)) < 2:
        return float("nan")
    spread = np.var(parts.positive, ddof=1) / len(parts.positive) + np.var(parts.negative, ddof=1) / len(parts.negative)
    return float(np.sqrt(spread))


def clustered_error(parts: Components, positive: NDArray[Any], negative: NDArray[Any]) -> float:
    """`standard_error` where rows of a group are alike; nan where there is `no_clustered_error`.

    Obuchowski, Biometrics 53, 1997: components are summed within each group first, and those of a group's positives
    and negatives covary.

    Args:
        parts: of an area, or of a difference of areas.
        positive: group of each positive row, `(positives,)`, numbers from 0 on.
        negative: of each negative row, `(negatives,)`.
    """
    return float(np.sqrt(_clustered_variance(parts, positive, negative)))


def no_clustered_error(parts: Components, positive: NDArray[Any], negative: NDArray[Any]) -> str:
    """Reason why `clustered_error` is nan, "" if it is not; the same arguments."""
    if min(len(np.unique(positive)), len(np.unique(negative))) < 2:
        return "a class has rows in a single group"
    lost = np.isnan(_clustered_variance(parts, positive, negative))
    return "in each group positives and negatives cancel out, which leaves Obuchowski no variance" if lost else ""


def _clustered_variance(parts: Components, positive: NDArray[Any], negative: NDArray[Any]) -> float:
    """Variance with groups as units, negative only by rounding; nan where only rounding is left."""
    groups = int(max(positive.max(), negative.max())) + 1
    above = np.bincount(positive, parts.positive - parts.area, groups) / len(positive)
    below = np.bincount(negative, parts.negative - parts.area, groups) / len(negative)
    those, others = len(np.unique(positive)), len(np.unique(negative))
    if min(those, others) < 2:
        return float("nan")
    squares = those / (those - 1) * above @ above + others / (others - 1) * below @ below
    variance = float(squares + 2 * groups / (groups - 1) * above @ below)
    return float("nan") if abs(variance) <= ROUNDING * squares and squares > 0 else variance


def interval(parts: Components, level: float = 0.95) -> tuple[float, float]:
    """Interval of the area on the logit scale, so that it never leaves 0 to 1 (Pepe 2003, section 5.2).

    On the area's own scale it would cover an area of 0.99 in only three of four studies of a hundred rows. Where no
    variance can be estimated, as between classes that are separated perfectly, it is `newcombe_interval`.
    """
    error = standard_error(parts)
    if error == 0:
        return newcombe_interval(parts.area, len(parts.positive), len(parts.negative), level)
    half = float(norm.ppf(0.5 + level / 2)) * error / (parts.area * (1 - parts.area))
    return float(expit(logit(parts.area) - half)), float(expit(logit(parts.area) + half))


def newcombe_interval(area: float, positives: int, negatives: int, level: float = 0.95) -> tuple[float, float]:
    """Score interval: all areas from which this one does not differ significantly, each with its own variance.

    Newcombe, Statistics in Medicine 25, 2006, method 5: the variance of Hanley and McNeil (Radiology 143, 1982) with
    the mean of the two numbers of rows. Its width is above 0 even where the area is 1.
    """
    rows, far = (positives + negatives) / 2 - 1, float(norm.ppf(0.5 + level / 2))

    def excess(other: float) -> float:
        pairs = 1 + rows * (1 - other) / (2 - other) + rows * other / (1 + other)
        return float((area - other) ** 2 - far**2 * other * (1 - other) * pairs / (positives * negatives))

    beside = 1e-9  # an area of 0 or 1 has no variance itself, and would be the root
    low = brentq(excess, 0.0, area - beside) if area > beside else 0.0
    high = brentq(excess, area + beside, 1.0) if area < 1 - beside else 1.0
    return float(low), float(high)
