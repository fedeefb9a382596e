"""Ratios of sums over many parts of a table at once, nan where they are undefined."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDING = 1e-12
"""Share of the mean square below which a variance is rounding of equal values."""


def ratio(part: Floats, whole: Floats) -> Floats:
    """`part / whole`, nan where `whole` is not above 0; both of any one shape."""
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)


def share(part: Any, whole: Any) -> float:
    """`part / whole` of two counts, nan where `whole` is 0."""
    return float(part / whole) if whole else float("nan")


def r2_of_means(loss: Floats, mean: Floats, square: Floats) -> Floats:
    """R2 from the mean squared error, the mean of the targets and the mean of their squares; nan if they are equal.

    Take the targets relative to their mean over all rows, or what is left of `square` has few digits.
    """
    variance = square - mean**2
    return 1.0 - ratio(loss, np.where(variance > ROUNDING * square, variance, 0.0))
