"""Half a cosine from 1 down to `end_factor` (Loshchilov and Hutter 2017, SGDR, without restarts)."""

import numpy as np
from numpy.typing import NDArray

from configs.types import Fraction


def factor(progress: NDArray[np.float64], *, end_factor: Fraction = 0.0) -> NDArray[np.float64]:
    """Progress in [0, 1], any shape -> the factor of the learning rate.

    As `torch.optim.lr_scheduler.CosineAnnealingLR` and `keras.optimizers.schedules.CosineDecay`.
    """
    return end_factor + (1.0 - end_factor) * 0.5 * (1.0 + np.cos(np.pi * progress))
