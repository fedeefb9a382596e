"""Imputation, scaling and feature selection: statistics of each member's training rows, stacked along `members`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_selection import SelectKBest, f_classif, f_regression
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from configs.errors import StudyError
from configs.schema import Inputs
from datamodules.folds.plan import FoldPlan, Role
from datamodules.table import Table

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FoldStatistics:
    """Statistics that the model applies: `where(keep, (where(isnan(x), fill, x) - center) / scale, 0)`.

    Attributes:
        fill: float64 `(members, columns)`, replaces a missing value; NaN if `inputs.impute` is none, because
            then a missing value has no meaning and must not become a number.
        center: float64 `(members, columns)`.
        scale: float64 `(members, columns)`, never 0; 1 for a column that is constant.
        keep: float64 `(members, columns)`, 1 for a selected column and 0 for any other.
        target_center: float64 `(members,)`, mean of the training targets of a regression, else 0.
        target_scale: float64 `(members,)`, their standard deviation, else 1.
    """

    fill: Floats
    center: Floats
    scale: Floats
    keep: Floats
    target_center: Floats
    target_scale: Floats

    def subset(self, indices: Sequence[int]) -> FoldStatistics:
        """Those of the members at `indices`, in that order."""
        return FoldStatistics(**{field.name: getattr(self, field.name)[list(indices)] for field in fields(self)})


def fit_statistics(table: Table, plan: FoldPlan, inputs: Inputs) -> FoldStatistics:
    """Fit scikit-learn's estimators on the training rows of each member, and on no other row.

    Raises:
        StudyError: `inputs.select` is larger than the number of columns.
    """
    if inputs.select != "none" and inputs.select > table.num_columns:
        cure = f"set it to at most that or to none, received {inputs.select}"
        raise StudyError([f"inputs.select: {table.name} has {table.num_columns} columns; {cure}"])
    trained = [plan.rows_of(member, Role.train) for member in range(len(plan.members))]
    columns = [_fit_columns(table, rows, inputs) for rows in trained]
    target_center, target_scale = zip(*(_fit_target(table, rows) for rows in trained), strict=True)
    fill, center, scale, keep = (np.stack(arrays) for arrays in zip(*columns, strict=True))
    return FoldStatistics(fill, center, scale, keep, np.array(target_center), np.array(target_scale))


def apply(features: NDArray[np.floating], statistics: FoldStatistics, member: int) -> Floats:
    """Preprocess raw rows as the models do: `(rows, columns)` -> float64 `(rows, columns)`."""
    filled = np.where(np.isnan(features), statistics.fill[member], np.asarray(features, np.float64))
    scaled = (filled - statistics.center[member]) / statistics.scale[member]
    return np.where(statistics.keep[member] > 0, scaled, 0.0)


def _fit_columns(table: Table, rows: NDArray[np.int64], inputs: Inputs) -> tuple[Floats, Floats, Floats, Floats]:
    """Fill, center, scale and keep of one member, each `(columns,)`, from its training rows."""
    features = table.features[rows].astype(np.float64)
    empty = np.isnan(features).all(axis=0)
    features[:, empty] = 0.0
    fill = np.full(table.num_columns, np.nan)
    if inputs.impute != "none":
        fill = SimpleImputer(strategy=inputs.impute).fit(features).statistics_
        features = np.where(np.isnan(features), fill, features)
    center, scale = _fit_scale(features, inputs.scale)
    return fill, center, scale, np.where(empty, 0.0, _select(features, table, rows, inputs.select))


def _fit_scale(features: Floats, method: str) -> tuple[Floats, Floats]:
    """Center and scale, each `(columns,)`; scikit-learn sets the scale of a constant column to 1."""
    if method == "standard":
        standard = StandardScaler().fit(features)
        return standard.mean_, standard.scale_
    if method == "minmax":
        minmax = MinMaxScaler().fit(features)
        return minmax.data_min_, 1.0 / minmax.scale_
    if method == "robust":
        robust = RobustScaler().fit(features)
        return robust.center_, robust.scale_
    return np.zeros(features.shape[1]), np.ones(features.shape[1])


def _select(features: Floats, table: Table, rows: NDArray[np.int64], select: int | str) -> Floats:
    """1 for the `select` columns with the largest F statistic against the training targets: `(columns,)`."""
    if select == "none":
        return np.ones(table.num_columns)
    score = f_regression if table.task == "regression" else f_classif
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # A column that is constant in a fold has no F statistic; SelectKBest ranks it last, as it should.
        warnings.simplefilter("ignore")
        selector = SelectKBest(score, k=select).fit(features, table.targets[rows])
    return selector.get_support().astype(np.float64)


def _fit_target(table: Table, rows: NDArray[np.int64]) -> tuple[float, float]:
    """Mean and standard deviation of the training targets of a regression; 0 and 1 for classes."""
    if table.task != "regression":
        return 0.0, 1.0
    scaler = StandardScaler().fit(table.targets[rows].astype(np.float64)[:, None])
    return float(scaler.mean_[0]), float(scaler.scale_[0])
