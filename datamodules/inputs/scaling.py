"""Fill, center and scale of numbers, by scikit-learn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from configs.sections.inputs import Inputs

Floats = NDArray[np.float64]
RESOLUTION = 2.0**-22
"""A few steps of float32, relative to the value: a column with a smaller range counts as constant."""
BOUND = 3.0
"""Largest absolute value that `inputs.scale` robust_clip gives (Holzmueller et al. 2024, section 3)."""


class Scaled(NamedTuple):
    """What is fitted of columns of numbers, each `(columns,)`.

    `quantiles` is `(columns, count)`, `numbers` the filled columns less their offset, `(rows, columns)`.
    """

    offset: Floats
    fill: Floats
    center: Floats
    scale: Floats
    bound: Floats
    keep: Floats
    quantiles: Floats
    numbers: Floats


def fit_numbers(numbers: Floats, inputs: Inputs, count: int, counted: NDArray[np.bool_]) -> Scaled:
    """Fit columns of numbers `(rows, columns)`; one that holds no value, or does not vary, is not kept.

    `count` is the number of quantiles of a column, if `inputs.scale` needs them; `counted` `(columns,)` says whose
    values count from the smallest one.
    """
    empty = np.isnan(numbers).all(axis=0)
    numbers = np.where(empty, 0.0, numbers)
    keep = varying(numbers)
    offset = np.where(counted, np.fmin.reduce(numbers, axis=0), 0.0)
    numbers = numbers - offset
    fill = fit_fill(numbers, inputs.impute)
    numbers = np.where(np.isnan(numbers), fill, numbers)
    center, scale = fit_scale(numbers, inputs.scale)
    bound = np.full(len(fill), BOUND if inputs.scale == "robust_clip" else np.inf)
    quantiles = fit_quantiles(numbers, count if inputs.scale == "quantile" else 0)
    return Scaled(offset, fill, center, np.where(keep, scale, 1.0), bound, keep.astype(np.float64), quantiles, numbers)


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


def fit_scale(numbers: Floats, method: str) -> tuple[Floats, Floats]:
    """Center and scale, each `(columns,)`, of `(rows, columns)`; scikit-learn sets the scale of a constant to 1."""
    if method == "standard":
        standard = StandardScaler().fit(numbers)
        return standard.mean_, standard.scale_
    if method == "minmax":
        minmax = MinMaxScaler().fit(numbers)
        return minmax.data_min_, 1.0 / minmax.scale_
    if method in ("robust", "robust_clip"):
        return _fit_quartiles(numbers)
    return np.zeros(numbers.shape[1]), np.ones(numbers.shape[1])


def _fit_quartiles(numbers: Floats) -> tuple[Floats, Floats]:
    """Median and interquartile range; half the range where the quartiles are equal, for then 1 is no scale at all."""
    robust, width = RobustScaler().fit(numbers), np.fmax.reduce(numbers, axis=0) - np.fmin.reduce(numbers, axis=0)
    low, high = np.nanpercentile(numbers, [25, 75], axis=0)
    return robust.center_, np.where((high == low) & (width > 0), width / 2, robust.scale_)


def fit_quantiles(numbers: Floats, count: int) -> Floats:
    """`count` quantiles of each column, as scikit-learn's `QuantileTransformer` has: ascending `(columns, count)`."""
    shares = np.linspace(0, 1, count) * 100  # rounded as there: a quantile that equals its neighbour is a tie
    return np.asarray(np.nanpercentile(numbers, shares, axis=0).T)
