"""Steps down: the learning rate is multiplied by `gamma` after every share `every` of the training."""

import numpy as np
from numpy.typing import NDArray

from configs.types import Share

ROUNDING = 1e-9
"""0.7 / 0.1 is a little less than 7 in floating point."""


def factor(progress: NDArray[np.float64], *, every: Share = 0.3, gamma: Share = 0.1) -> NDArray[np.float64]:
    """Progress in [0, 1], any shape -> the factor of the learning rate.

    As `torch.optim.lr_scheduler.StepLR` and `keras.optimizers.schedules.ExponentialDecay` with `staircase`.
    """
    return gamma ** np.floor(progress / every + ROUNDING)
