"""Four ever longer cosine waves from 0 to 1 and back: coslog_4 of RealMLP (Holzmüller et al. 2024)."""

import numpy as np
from numpy.typing import NDArray


def factor(progress: NDArray[np.float64]) -> NDArray[np.float64]:
    """Progress t in [0, 1], any shape -> the factor of the learning rate, 0.5 (1 - cos(2 pi log2(1 + 15 t)))."""
    return 0.5 * (1.0 - np.cos(2.0 * np.pi * np.log2(1.0 + 15.0 * progress)))
