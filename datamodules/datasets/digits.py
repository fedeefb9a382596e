"""Optical recognition of handwritten digits: 1,797 images of 8 x 8 pixels, 10 classes.

Alpaydin and Kaynak (1998), UCI Machine Learning Repository, https://doi.org/10.24432/C50P49.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from datamodules.table import Table


def load(root: Path) -> Table:
    """Table of scikit-learn's copy, pixels 0..16 divided by 16. Needs no `root`."""
    bunch = load_digits()
    return Table(
        name="digits",
        features=(bunch.data / 16).astype(np.float32),
        targets=bunch.target.astype(np.int32),
        columns=tuple(bunch.feature_names),
        target="digit",
        task="multiclass",
        classes=tuple(str(digit) for digit in bunch.target_names),
    )
