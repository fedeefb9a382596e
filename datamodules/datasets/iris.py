"""Iris: 150 flowers, 4 measurements, three species.

Fisher (1936), The use of multiple measurements in taxonomic problems, https://doi.org/10.24432/C56C76.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris

from datamodules.table import Table


def load(root: Path) -> Table:
    """Table of scikit-learn's copy, in centimetres. Needs no `root`."""
    bunch = load_iris()
    return Table(
        name="iris",
        features=bunch.data.astype(np.float32),
        targets=bunch.target.astype(np.int32),
        columns=tuple(name.removesuffix(" (cm)").replace(" ", "_") for name in bunch.feature_names),
        target="species",
        task="multiclass",
        classes=tuple(str(name) for name in bunch.target_names),
    )
