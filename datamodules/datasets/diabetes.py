"""Diabetes: 442 patients, 10 measurements, a number for how far the disease went in one year.

Efron, Hastie, Johnstone and Tibshirani (2004), Least Angle Regression, https://doi.org/10.1214/009053604000000067.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes

from datamodules.table import Table


def load(root: Path) -> Table:
    """Table of scikit-learn's copy, unscaled: its scaled one has seen all rows, the test rows too. Needs no `root`."""
    bunch = load_diabetes(scaled=False)
    return Table(
        name="diabetes",
        features=bunch.data.astype(np.float32),
        targets=bunch.target.astype(np.float32),
        columns=tuple(bunch.feature_names),
        target="progression",
        task="regression",
    )
