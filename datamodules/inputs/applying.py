"""The input layer of a member in NumPy: what the layers of both frameworks compute."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datamodules.inputs.encoding import CODE, Encoding, inputs_of, recoded
from datamodules.inputs.normal_scores import normal_scores
from datamodules.inputs.statistics import FoldStatistics


def apply(features: NDArray[np.floating], statistics: FoldStatistics, member: int) -> NDArray[np.float64]:
    """Inputs of a member's network: raw rows `(rows, columns)` -> float64 `(rows, inputs)`."""
    encoding = statistics.encoding
    values = inputs_of(recoded(features, encoding, statistics.recode[member]), encoding) - statistics.offset[member]
    values = np.where(np.isnan(values), statistics.fill[member], values)
    if statistics.quantiles.size:
        numbers = np.flatnonzero(np.isnan(encoding.level))
        values[:, numbers] = normal_scores(values[:, numbers], statistics.quantiles[member].reshape(len(numbers), -1))
    scaled = (values - statistics.center[member]) / statistics.scale[member]
    bounded = scaled / np.sqrt(1.0 + (scaled / statistics.bound[member]) ** 2)
    return np.where(statistics.keep[member] > 0, bounded, 0.0)


def onehot(inputs: NDArray[np.float64], encoding: Encoding) -> NDArray[np.float64]:
    """Inputs of a network `(rows, inputs)` with 0 and 1 for each level of a code, for what takes numbers alone."""
    codes = np.flatnonzero(encoding.level == CODE)
    levels = [inputs[:, [code]] == np.arange(encoding.slots[encoding.source[code]]) for code in codes]
    return np.hstack([inputs[:, : len(encoding.level) - len(codes)], *levels])


def finite(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features of any shape whose infinite values are missing ones; the same array if it has none."""
    infinite = np.isinf(features)
    return np.where(infinite, np.float32(np.nan), features) if infinite.any() else features
