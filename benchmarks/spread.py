"""Summary of repeated measurements."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Spread(NamedTuple):
    """Median, smallest and largest of some measurements."""

    median: float
    low: float
    high: float

    def text(self, digits: int = 2) -> str:
        """`1.43 (1.40 to 1.51)`."""
        return f"{self.median:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def spread(values: Sequence[float]) -> Spread:
    """Median and range of at least one value. Raises ValueError without any."""
    if len(values) == 0:
        raise ValueError("a spread needs at least one value. Received: none")
    return Spread(float(np.median(values)), float(min(values)), float(max(values)))


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> Spread:
    """Spread of the ratios of each repetition: both were measured next to each other in time."""
    return spread([a / b for a, b in zip(numerators, denominators, strict=True)])
