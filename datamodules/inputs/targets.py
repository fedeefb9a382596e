"""Target statistics of a regression, fitted on a member's training rows by scikit-learn."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from datamodules.table import Table

Floats = NDArray[np.float64]
Method = Literal["standard", "log", "quantile"]


def check_target(table: Table, method: Method) -> None:
    """Refuse an `inputs.target` that the table's target cannot have. Raises StudyError."""
    if method == "standard":
        return
    place = f"inputs.target: '{table.target}' of {table.name}"
    if table.task != "regression":
        raise StudyError([f"{place} is a {table.task} target; {method} is for a regression, so leave it at standard"])
    if method == "log" and (low := float(table.targets.min())) < 0:
        row = int(table.targets.argmin()) + 1
        raise StudyError([f"{place} has {low:g} in row {row}, and log needs targets >= 0: use quantile or standard"])


def fit_target(targets: NDArray, method: Method, count: int) -> dict[str, Floats]:
    """Target statistics of one member from its training targets `(rows,)`, by name.

    Mean and standard deviation (scikit-learn's `StandardScaler`) of the targets, or of log(1 + target); or `count`
    quantiles (scikit-learn's `QuantileTransformer`), between which targets become normal scores.
    """
    from sklearn.preprocessing import StandardScaler  # who only checks a target does not wait for it

    from datamodules.inputs.scaling import fit_quantiles

    values = targets.astype(np.float64)
    if method == "quantile":
        return statistics_of(quantiles=fit_quantiles(values[:, None], count)[0])
    scaler = StandardScaler().fit((np.log1p(values) if method == "log" else values)[:, None])
    return statistics_of(float(scaler.mean_[0]), float(scaler.scale_[0]), method == "log")


def statistics_of(center: float = 0.0, scale: float = 1.0, log: bool = False, quantiles: Floats | None = None) -> dict:
    """The statistics of a target by name; without arguments those of classes, which stay as they are."""
    return {
        "target_center": np.asarray(center),
        "target_scale": np.asarray(scale),
        "target_log": np.asarray(float(log)),
        "target_quantiles": np.empty(0) if quantiles is None else quantiles,
    }
