"""The input layer of a member in NumPy: what the layers of both frameworks compute."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datamodules.inputs.encoding import inputs_of, recoded
from datamodules.inputs.statistics import FoldStatistics


def apply(features: NDArray[np.floating], statistics: FoldStatistics, member: int) -> NDArray[np.float64]:
    """Inputs of a member's network: raw rows `(rows, columns)` -> float64 `(rows, inputs)`."""
    encoding = statistics.encoding
    values = inputs_of(recoded(features, encoding, statistics.recode[member]), encoding)
    filled = np.where(np.isnan(values), statistics.fill[member], values)
    scaled = (filled - statistics.center[member]) / statistics.scale[member]
    return np.where(statistics.keep[member] > 0, scaled, 0.0)
