"""Numbers to normal scores by their place among quantiles: scikit-learn's `QuantileTransformer`, in NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
EDGE = 1e-7
"""Smallest probability, and distance from the lowest or highest quantile that counts as none: scikit-learn's."""


def normal_scores(numbers: Floats, quantiles: Floats) -> Floats:
    """Normal scores `(rows, columns)` of numbers, from ascending `quantiles` `(columns, count)` of each column.

    Between two quantiles the probability is linear; a value that several of them equal has their mean; a value outside
    of them is as the nearest one, at +-5.2.
    """
    columns = [_places(values, own) for values, own in zip(numbers.T, quantiles, strict=True)]
    steps = quantiles.shape[1] - 1
    places = np.stack(columns, axis=1)
    low, high = np.maximum(places / steps, EDGE), np.maximum((steps - places) / steps, EDGE)
    return np.where(low < high, ndtri(low), -ndtri(high))


def _places(values: Floats, quantiles: Floats) -> Floats:
    """Place of each value among ascending quantiles, from 0 to their number less 1: both `(rows,)`."""
    last = len(quantiles) - 1
    above = np.clip(np.searchsorted(quantiles, values, side="right") - 1, 0, last - 1)
    below = np.clip(np.searchsorted(quantiles, values, side="left") - 1, 0, last - 1)
    places = (_between(values, quantiles, above) + _between(values, quantiles, below)) / 2
    places = np.where((values <= quantiles[0]) | (values - EDGE < quantiles[0]), 0.0, places)
    return np.where((values >= quantiles[-1]) | (values + EDGE > quantiles[-1]), float(last), places)


def _between(values: Floats, quantiles: Floats, place: NDArray[np.int64]) -> Floats:
    """`place` and the share of the way to the next quantile."""
    low, high = quantiles[place], quantiles[place + 1]
    return place + (values - low) / np.where(high > low, high - low, 1.0)
