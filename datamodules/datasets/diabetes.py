"""Diabetes: 442 patients, 10 measurements, a quantitative measure of disease progression after one year.

Efron, Hastie, Johnstone and Tibshirani (2004), Least Angle Regression, https://doi.org/10.1214/009053604000000067.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes

from datamodules.table import Table


def load(root: Path) -> Table:
    """Table of scikit-learn's copy, unscaled: the scaled one leaks statistics of the test rows. Needs no `root`."""
    bunch = load_diabetes(scaled=False)
    return Table(
        name="diabetes",
        features=bunch.data.astype(np.float32),
        targets=bunch.target.astype(np.float32),
        columns=tuple(bunch.feature_names),
        target="progression",
        task="regression",
    )
