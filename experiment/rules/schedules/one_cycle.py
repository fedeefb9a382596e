"""The 1cycle policy in two phases: a cosine up to 1, and one down to almost 0 (Smith and Topin 2018)."""

import numpy as np
from numpy.typing import NDArray

from configs.types import Positive, Share


def factor(
    progress: NDArray[np.float64],
    *,
    pct_start: Share = 0.3,
    div_factor: Positive = 25.0,
    final_div_factor: Positive = 1e4,
) -> NDArray[np.float64]:
    """Progress in [0, 1], any shape -> the factor of the learning rate, which is the highest one.

    It starts at 1 / `div_factor`, is 1 after the share `pct_start`, and ends at 1 / (`div_factor` `final_div_factor`).
    As `torch.optim.lr_scheduler.OneCycleLR` without its cycle of momentum.
    """
    start, end = 1.0 / div_factor, 1.0 / (div_factor * final_div_factor)
    rising = _cosine(start, 1.0, progress / pct_start)
    return np.where(progress <= pct_start, rising, _cosine(1.0, end, (progress - pct_start) / (1.0 - pct_start)))


def _cosine(first: float, last: float, share: NDArray[np.float64]) -> NDArray[np.float64]:
    return last + (first - last) / 2.0 * (np.cos(np.pi * share) + 1.0)
