"""Breast Cancer Wisconsin (Diagnostic): 569 tumours, 30 measurements, benign or malignant.

Wolberg, Mangasarian, Street and Street (1993), UCI Machine Learning Repository, https://doi.org/10.24432/C5DW2B.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer

from datamodules.table import Table


def load(root: Path) -> Table:
    """Table of scikit-learn's copy; malignant, the positive class, is class 1 (scikit-learn: 0). Needs no `root`."""
    bunch = load_breast_cancer()
    return Table(
        name="breast_cancer",
        features=bunch.data.astype(np.float32),
        targets=(bunch.target == 0).astype(np.int32),
        columns=tuple(name.replace(" ", "_") for name in bunch.feature_names),
        target="diagnosis",
        task="binary",
        classes=("benign", "malignant"),
    )
