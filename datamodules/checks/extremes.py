"""Extreme values: so far from all others of their column that standardization collapses the others.

One value at a distance d from n - 1 others that spread over 1 makes a standard deviation of about d / sqrt(n): a
spread of 1 becomes one of sqrt(n) / d.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datamodules.table import Table

FAR = 1e4
"""Bound in typical distances from the median, see `_middles`. In a lognormal column, such as income or area, one value
in 10 million is beyond it where the logarithm has a standard deviation of 1.7."""


def extreme_columns(table: Table, sample: NDArray[np.float32]) -> dict[int, tuple[int, float]]:
    """Row and value of the farthest value of each column with an extreme one, by the column's index.

    `sample` `(n, columns)` are rows of the table that give the median and typical distance of each column.
    """
    found = {}
    for column in np.flatnonzero(_ends_far(table.features, *_middles(sample))).tolist():
        row, far = _farthest(table.features[:, column])
        if far:
            found[column] = row, float(table.features[row, column])
    return found


def extreme_target(table: Table) -> tuple[int, float] | None:
    """Row and value of the farthest target of a regression, if it is extreme."""
    if table.task != "regression":
        return None
    row, far = _farthest(table.targets.astype(np.float32))
    return (row, float(table.targets[row])) if far else None


def _middles(values: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Median and typical distance from it of each column, `(columns,)` twice: the median of those that are not 0."""
    medians = np.array([_median(column[np.isfinite(column)].astype(np.float64)) for column in values.T])
    distances = np.abs(values - medians)
    return medians, np.array([_median(column[column > 0]) for column in distances.T])


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if len(values) else 0.0


def _ends_far(
    features: NDArray[np.float32], medians: NDArray[np.float64], typical: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Columns with values farther than `FAR`; those without a typical distance in the sample are read in full."""
    with np.errstate(invalid="ignore"):
        farthest = np.fmax(np.fmax.reduce(features, axis=0) - medians, medians - np.fmin.reduce(features, axis=0))
        return np.asarray(farthest > FAR * typical)


def _farthest(values: NDArray[np.float32]) -> tuple[int, bool]:
    """The row that is farthest from the median of these values, and whether that is extreme; a missing one is not."""
    known = values.astype(np.float64)
    medians, typical = _middles(values[:, None])
    distances = np.nan_to_num(np.abs(known - medians[0]), nan=-1.0)
    row = int(distances.argmax())
    others = np.delete(distances, row)
    return row, bool(typical[0] > 0 and (others > 0).any() and distances[row] > FAR * typical[0])
