"""Wine recognition: 178 wines, 13 chemical measurements, three cultivars.

Aeberhard and Forina (1992), UCI Machine Learning Repository, https://doi.org/10.24432/C5PC7J.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_wine

from datamodules.table import Table


def load(root: Path) -> Table:
    """Table of scikit-learn's copy. Needs no `root`."""
    bunch = load_wine()
    return Table(
        name="wine",
        features=bunch.data.astype(np.float32),
        targets=bunch.target.astype(np.int32),
        columns=tuple(bunch.feature_names),
        target="cultivar",
        task="multiclass",
        classes=tuple(str(name) for name in bunch.target_names),
    )
