"""Finished runs of small studies, and what they have saved of a fold, for the tests of its network alone."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from small import small

from configs.learners import LEARNERS
from experiment.conduct import prepare
from experiment.results.judging import judge
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.child import train

RUNS = {
    "binary": ("binary", ()),
    "multiclass": ("multiclass", ("inputs.scale=robust", "inputs.select=5")),
    "regression": ("regression", ("training.precision=64", "model.activation=tanh", "inputs.impute=median")),
    "bf16": ("binary", ("training.precision=bf16",)),
}
"""Task and overrides, by name."""

ROUNDING = {name: {"rtol": 2e-5, "atol": 1e-5} for name in RUNS} | {"bf16": {"rtol": 0.0, "atol": 0.02}}
"""Of their precision: in a stack, torch adds the bias of a layer of bfloat16 in float32."""


def finished(root: Path, framework: str, fit: Callable, name: str) -> FrameworkDirectory:
    """The part of a run of `RUNS` that `fit` has trained in this process."""
    task, overrides = RUNS[name]
    study, folds = small(f"output.root={root / name}", f"framework={framework}", *overrides, task=task)
    directory = prepare(study, ["train.py"]).framework(LEARNERS[framework].name)
    train(fit, study, folds, directory)
    judge(study, directory)
    return directory


def saved(directory: FrameworkDirectory, name: str, fold: int, kind: str = "logit") -> tuple[NDArray, NDArray]:
    """Raw rows `(rows, columns)` that a fold was scored on, and the outputs `(rows, outputs)` that the run has saved.

    `kind` of outputs: logit or probability; a regression has its predictions.
    """
    task, overrides = RUNS[name]
    _, folds = small(*overrides, task=task)
    table = pl.read_parquet(directory.predictions).filter(fold=fold, role="scored")
    outputs = table.select(pl.col(f"^({kind}_.*|prediction)$")).to_numpy()
    return folds.table.features[table["row"].to_numpy()], outputs


def slopes(outputs_of: Callable[[NDArray], NDArray], rows: NDArray[np.float64], columns: int) -> NDArray[np.float64]:
    """Finite differences of the first output in the first `columns` of raw rows, `(rows, columns)`."""
    found = []
    for column in range(columns):
        step = np.zeros(rows.shape[1])
        step[column] = 1e-5
        found.append((outputs_of(rows + step) - outputs_of(rows - step))[:, 0] / 2e-5)
    return np.stack(found, axis=1)
