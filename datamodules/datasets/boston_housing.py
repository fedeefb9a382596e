"""Boston housing: 506 census tracts, 12 features, the median value of homes in 1,000 US dollars.

Harrison and Rubinfeld (1978), Hedonic housing prices and the demand for clean air,
https://doi.org/10.1016/0095-0696(78)90006-2; StatLib's copy. Its column `black` is left out: it transforms the share
of Black residents by a formula that assumes racial segregation to raise house prices, and scikit-learn withdrew the
data set for it (https://scikit-learn.org/1.0/modules/generated/sklearn.datasets.load_boston.html). Use it to compare
with older results, not to learn about houses.
"""

from pathlib import Path

import numpy as np

from datamodules.table import Table

FILE = Path(__file__).parent / "files" / "boston_housing.csv"


def load(root: Path) -> Table:
    """Table of the bundled file; the last column, `medv`, is the target. Needs no `root`."""
    with FILE.open(encoding="utf-8") as file:
        columns = file.readline().strip().split(",")
        values = np.loadtxt(file, delimiter=",", dtype=np.float32)
    return Table(
        name="boston_housing",
        features=np.ascontiguousarray(values[:, :-1]),
        targets=values[:, -1].copy(),
        columns=tuple(columns[:-1]),
        target=columns[-1],
        task="regression",
        note="the original's column 'black' is left out; see datamodules/datasets/boston_housing.py",
    )
