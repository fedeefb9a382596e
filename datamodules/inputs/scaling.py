"""Fill, center and scale of numbers, by scikit-learn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from configs.schema import Inputs

Floats = NDArray[np.float64]
RESOLUTION = 2.0**-23
"""Distance of float32 numbers relative to their size: a column with a smaller range counts as constant."""


def fit_fill(numbers: Floats, method: str) -> Floats:
    """What replaces a missing value of each column, `(columns,)`: `method` is `inputs.impute`; NaN if it is refuse."""
    if method == "refuse":
        return np.full(numbers.shape[1], np.nan)
    strategy = {"auto": "median"}.get(method, method)
    return np.asarray(SimpleImputer(strategy=strategy).fit(numbers).statistics_, np.float64)


def varying(numbers: Floats) -> NDArray[np.bool_]:
    """Whether the values of a column differ by more than the resolution of float32: `(rows, columns)` -> `(columns,)`.

    A weight of a column that does not is moved by no gradient, and would multiply any other value at prediction.
    """
    largest, smallest = np.fmax.reduce(numbers, axis=0), np.fmin.reduce(numbers, axis=0)
    with np.errstate(invalid="ignore"):
        return largest - smallest > RESOLUTION * np.fmax(np.abs(largest), np.abs(smallest))


def fit_numbers(numbers: Floats, inputs: Inputs) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Fill, center, scale and keep of columns of numbers, each `(columns,)`, and the filled `(rows, columns)`.

    A column that holds no value, or does not vary, is not kept, and has the scale 1.
    """
    empty = np.isnan(numbers).all(axis=0)
    numbers = np.where(empty, 0.0, numbers)
    fill = fit_fill(numbers, inputs.impute)
    numbers = np.where(np.isnan(numbers), fill, numbers)
    center, scale = fit_scale(numbers, inputs.scale)
    keep = varying(numbers)
    return fill, center, np.where(keep, scale, 1.0), keep.astype(np.float64), numbers


def fit_scale(numbers: Floats, method: str) -> tuple[Floats, Floats]:
    """Center and scale, each `(columns,)`, of `(rows, columns)`; scikit-learn sets the scale of a constant to 1."""
    if method == "standard":
        standard = StandardScaler().fit(numbers)
        return standard.mean_, standard.scale_
    if method == "minmax":
        minmax = MinMaxScaler().fit(numbers)
        return minmax.data_min_, 1.0 / minmax.scale_
    if method == "robust":
        robust = RobustScaler().fit(numbers)
        return robust.center_, robust.scale_
    return np.zeros(numbers.shape[1]), np.ones(numbers.shape[1])
