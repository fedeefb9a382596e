"""Median and quartiles over the active folds, epoch by epoch."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
QUARTILES = (0.25, 0.5, 0.75)


class Spread(NamedTuple):
    """The distribution of a value over the folds in each epoch.

    Attributes:
        lower, median, upper: the quartiles, float64 `(epochs,)`; nan where no fold has a value.
        folds: number of folds with a value, int64 `(epochs,)`.
    """

    lower: Floats
    median: Floats
    upper: Floats
    folds: NDArray[np.int64]


def spread_over_folds(values: Floats) -> Spread:
    """The spread of `values` `(folds, epochs)`, nan where a fold does not train (any more).

    A value that is not finite counts as missing. Quartiles interpolate linearly (Hyndman and Fan 1996, definition 7):
    a single fold's value is the median and both quartiles.
    """
    known = np.where(np.isfinite(values), values, np.nan)
    folds = np.isfinite(known).sum(axis=0)
    quartiles = np.full((len(QUARTILES), *folds.shape), np.nan)
    some = folds > 0  # NumPy warns of a median of no values
    if some.any():
        quartiles[:, some] = np.nanquantile(known[:, some], QUARTILES, axis=0)
    lower, median, upper = quartiles
    return Spread(lower, median, upper, folds)
