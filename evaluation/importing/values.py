"""Predicted values of an imported table: which columns they are, and what values they may have."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.shown import shown
from evaluation.importing.columns import number_column
from evaluation.judging.probabilities import logits_of

TOLERANCE = 1e-3
"""Largest distance from 1 of a sum of probabilities that were written with few digits."""
PREFIX = "probability_"
OTHERS = ("row", "repeat", "fold", "seed", "folds_sha256")
"""Columns that are no predictions; a class of such a name has its column as `probability_NAME`."""


class Named(NamedTuple):
    """The columns of the predicted values, and the classes that they are of: `()` for a regression."""

    columns: tuple[str, ...]
    classes: tuple[str, ...]


def value_columns(names: Sequence[str], task: str, classes: Sequence[str]) -> Named:
    """Find the columns with predictions among `names`: `prediction`, `probability`, or one for each class by its name.

    A class may have a column `probability_NAME` as well, as in `predictions.parquet`; a binary task needs that of its
    positive class alone. Raises ValueError.
    """
    if task == "regression":
        return Named(_required(("prediction",), names, "a regression"), ())
    if task == "binary" and "probability" in names:
        return Named(("probability",), tuple(classes[1:]))
    found = {name: column for name in classes if (column := _of_class(name, names))}
    if task == "binary" and classes[1] in found and len(found) == 1:
        return Named((found[classes[1]],), tuple(classes[1:]))
    if task == "binary" and not found:
        raise ValueError(f"has no column 'probability', that of the class '{shown(classes[1])}'")
    if missing := [name for name in classes if name not in found]:
        known = f"the classes are {_listed(classes)}, each with a column of its name"
        raise ValueError(f"has no column for the class {_listed(missing)}; {known}")
    return Named(tuple(found.values()), tuple(classes))


def logits_of_columns(frame: pl.DataFrame, named: Named, task: str) -> NDArray[np.float32]:
    """Logits `(rows, outputs)` of the predicted values. Raises ValueError with the first row that is wrong."""
    values = np.stack([number_column(frame, name) for name in named.columns], axis=1)
    if task == "regression":
        if (large := np.abs(values[:, 0]) > np.finfo(np.float32).max).any():
            raise ValueError(f"column 'prediction' has {values[large.argmax(), 0]:g}, which float32 cannot hold")
        return logits_of(values, task)
    for column, name in enumerate(named.columns):
        if (outside := (values[:, column] < 0) | (values[:, column] > 1)).any():
            place = int(outside.argmax())
            raise ValueError(f"{_place(frame, place, name)} is {values[place, column]:g}: a probability is in [0, 1]")
    if len(named.columns) > 1:
        sums = values.sum(1)
        if (wrong := np.abs(sums - 1) > TOLERANCE).any():
            place = int(wrong.argmax())
            raise ValueError(f"the probabilities of data row {place + 1} sum to {sums[place]:g}: they must sum to 1")
    return logits_of(values[:, -1:] if task == "binary" else values, task)


def _of_class(name: str, names: Sequence[str]) -> str:
    return next((column for column in (PREFIX + name, name) if column in names and column not in OTHERS), "")


def _required(wanted: tuple[str, ...], names: Sequence[str], task: str) -> tuple[str, ...]:
    if missing := [name for name in wanted if name not in names]:
        raise ValueError(f"has no column {_listed(missing)}, which {task} needs")
    return wanted


def _place(frame: pl.DataFrame, place: int, name: str) -> str:
    return f"column '{shown(name)}' of data row {place + 1}"


def _listed(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(f"'{shown(name)}'" for name in names[:most]) + ", ..." * (len(names) > most)
