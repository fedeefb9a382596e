"""Conversion of a file's columns to a table; the problems of all columns are raised together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.schema import Data
from datamodules.checks.values import count_rows
from datamodules.reading.columns import Target, encode_target, in_numbers, numbers
from datamodules.reading.drops import drop_problems, used_columns, weight_problems
from datamodules.reading.files import ROW_NAMES
from datamodules.reading.float32 import as_float32, precision_notes, what_is_lost
from datamodules.reading.names import listed, unknown_column
from datamodules.table import Table

_ROW_NAMES_NOTE = (
    "the column without a name, which pandas and R write first, is taken for names of the rows and left out"
)


def table_from_frame(frame: pl.DataFrame, data: Data, group: str | None) -> Table:
    """The target, groups, weights, and every other column as a feature; row names and `data.drop` are ignored.

    Raises:
        StudyError: a column is missing, or its values do not fit its use.
    """
    named_rows = ROW_NAMES in frame.columns
    frame = frame.drop(ROW_NAMES, strict=False)
    if problems := _name_problems(frame.columns, data, group):
        raise StudyError(problems)
    assert data.target is not None
    used = used_columns(data.target, group, data.weight)
    columns = tuple(name for name in frame.columns if name not in (*used, *data.drop))
    features, notes = _features(frame.select(columns), data, problems)
    targets, groups, weights = [], [], []
    with _collected(problems):
        targets.append(encode_target(frame[data.target], data, f"{data.source}: column '{data.target}'"))
    with _collected(problems):
        groups.append(None if group is None else group_indices(frame[group], data.source))
    with _collected(problems):
        weights.append(None if data.weight is None else weight_values(frame[data.weight], data.source))
    if problems:
        raise StudyError(problems)
    task, classes, values = targets[0]
    return Table(
        name=Path(data.source).name,
        features=features,
        targets=values,
        columns=columns,
        target=data.target,
        task=task,
        classes=classes,
        groups=groups[0],
        weights=weights[0],
        dropped=data.drop,
        note="; ".join(_positive_note(targets[0], data) + [_ROW_NAMES_NOTE] * named_rows + notes),
    )


def group_indices(column: pl.Series, source: str) -> NDArray[np.int32]:
    """One index for each distinct value of a column of any type: int32 `(rows,)`.

    Raises:
        StudyError: a value is missing.
    """
    text = column.cast(pl.String).str.strip_chars()
    missing = (text.is_null() | (text == "")).fill_null(True).to_numpy()
    if missing.any():
        found = count_rows("missing", missing)
        raise StudyError([f"{source}: column '{column.name}' has {found}: a group must be known; drop those rows"])
    return np.unique(text.to_numpy().astype(str), return_inverse=True)[1].astype(np.int32)


def weight_values(column: pl.Series, source: str) -> NDArray[np.float64]:
    """The weights of the rows, float64 `(rows,)`, at least 0.

    Raises:
        StudyError: a value is missing, no number, infinite, or below 0; or all are 0.
    """
    place = f"{source}: column '{column.name}'"
    values = numbers(column, place, "name another column in data.weight")
    kinds = {"missing": np.isnan(values), "infinite": np.isinf(values), "negative": values < 0}
    cure = "a weight must be a number >= 0; correct those rows, or write 0 to leave them out of the training loss"
    if problems := [f"{place} has {count_rows(kind, found)}: {cure}" for kind, found in kinds.items() if found.any()]:
        raise StudyError(problems)
    if not values.any():
        raise StudyError([f"{place} is 0 in every row, so that none would be trained on; name another data.weight"])
    return values


@contextmanager
def _collected(problems: list[str]) -> Iterator[None]:
    """Collect the problems of a `StudyError` and continue, so that all columns are checked."""
    try:
        yield
    except StudyError as error:
        problems += error.problems


def _name_problems(columns: Sequence[str], data: Data, group: str | None) -> list[str]:
    problems = []
    if data.target is None:
        problems.append(f"data.target: name the column of {data.source} to predict (columns: {listed(columns)})")
    elif data.target not in columns:
        problems.append(unknown_column("data.target", data.target, data.source, columns))
    if group is not None and group not in columns:
        problems.append(unknown_column("folds.group", group, data.source, columns))
    if group is not None and group == data.target:
        problems.append(f"folds.group: '{group}' is the target; name another column")
    if data.weight is not None and data.weight not in columns:
        problems.append(unknown_column("data.weight", data.weight, data.source, columns))
    problems += weight_problems(data.weight, data.target, group)
    used = used_columns(data.target, group, data.weight)
    problems += drop_problems(data.drop, data.source, columns, used)
    if not problems and len(columns) == len(used):
        others = " and the group" * (group is not None) + " and the weight" * (data.weight is not None)
        problems.append(f"{data.source}: has no column besides the target{others}; add features")
    return problems


def _features(frame: pl.DataFrame, data: Data, problems: list[str]) -> tuple[NDArray[np.float32], list[str]]:
    """All columns as float32 `(rows, columns)`, and notes of lost precision; adds to `problems`."""
    features, lost = np.empty(frame.shape, np.float32), {}
    for index, column in enumerate(frame):
        place = f"{data.source}: column '{column.name}'"
        with _collected(problems):
            values = numbers(column, place, how=in_numbers(column))
            features[:, index] = as_float32(values, place, "divide the column, or name it in data.drop")
            lost[column.name] = what_is_lost(values, features[:, index])
    return features, precision_notes({name: said for name, said in lost.items() if said is not None})


def _positive_note(target: Target, data: Data) -> list[str]:
    if target.task != "binary" or data.positive is not None:
        return []
    return [f"'{target.classes[1]}' is the positive class, the last in sorted order; data.positive changes it"]
