"""The target of a table as class indices or numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.sections.data import Data
from datamodules.checks.values import count_rows
from datamodules.reading.columns.encoding import numbers
from datamodules.reading.columns.float32 import as_float32
from datamodules.reading.columns.numerals import parse_numbers
from datamodules.reading.columns.positive import positive_class
from datamodules.reading.columns.words import is_text, truths, words_of
from datamodules.table import Task

MAX_AUTO_CLASSES = 20
EXACT = 2**53
"""Largest integer up to which float64 is exact."""
UNTOLD = "numbers above 2^53, which a float64 cannot tell apart"
TARGET_CURE = "change data.task or data.target"


class Target(NamedTuple):
    """An encoded target.

    Attributes:
        task: binary, multiclass or regression.
        classes: by index; `()` for a regression.
        values: int32 class indices, or float32 numbers of a regression, `(rows,)`.
        positive: why the second of two classes is the positive one; "" if the study says so, or there is none.
        remarks: how its numbers are written, if not plainly.
    """

    task: Task
    classes: tuple[str, ...]
    values: NDArray[np.int32] | NDArray[np.float32]
    positive: str = ""
    remarks: tuple[str, ...] = ()


def encode_target(column: pl.Series, data: Data, place: str, mark: str = ".") -> Target:
    """Encode a target without missing values for its task; classes are sorted, the positive one of two is class 1.

    Two distinct values are `binary`; strings, or at most 20 whole numbers, are `multiclass`; anything else is a
    `regression`. `data.task` overrides that. `mark` is the decimal mark of text.

    Raises:
        StudyError: a value is infinite, all are equal, or `data.task` or `data.positive` do not fit.
    """
    if is_text(column):
        words = words_of(column)
        logical = truths(words)
        column = words if logical is None else logical
    values: NDArray
    try:
        values, remarks, _ = numbers(column, place, TARGET_CURE, mark)
    except StudyError:
        if not _are_labels(column, data, mark):
            raise
        values, remarks = words_of(column).to_numpy().astype(str), ()
    if values.dtype == np.float64:
        values = _exact(column, values, data, place)
    distinct, indices = np.unique(values, return_inverse=True)
    if len(distinct) < 2:
        raise StudyError([f"{place} has the same value in every row: there is nothing to learn; set data.target"])
    if _task(distinct, data, place) == "regression":
        return Target("regression", (), as_float32(values, place, "divide the column"), remarks=remarks)
    classes = _names(distinct, column)
    task: Task = "binary" if len(classes) == 2 and data.task != "multiclass" else "multiclass"
    positive, why = data.positive, ""
    if task == "binary" and positive is None:
        positive, why = positive_class(classes, np.bincount(indices, minlength=2).tolist())
    return Target(task, *positive_last(classes, indices.astype(np.int32), positive, task), why, remarks)


def positive_last(
    classes: tuple[str, ...], indices: NDArray[np.int32], positive: str | None, task: Task
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Classes and int32 class indices `(rows,)` with `positive` as class 1 of two.

    Raises:
        StudyError: there is no such class, or the target is not binary.
    """
    if positive is None:
        return classes, indices
    if task != "binary":
        raise StudyError([f"data.positive: only a binary target has a positive class, and this one is {task}; drop it"])
    if positive not in classes:
        raise StudyError([f"data.positive: must be one of {', '.join(classes)}, received '{positive}'"])
    return (classes, indices) if classes[1] == positive else (classes[::-1], 1 - indices)


def _exact(column: pl.Series, values: NDArray[np.float64], data: Data, place: str) -> NDArray:
    """`values` of a target, or its labels as Python integers where float64 would merge some of them.

    Raises StudyError if one is infinite, if labels were written as floats and may be merged already, or if numbers
    are merged now.
    """
    if (infinite := np.isinf(values)).any():
        raise StudyError([f"{place} has {count_rows('infinite', infinite)}: drop those rows or correct them"])
    if data.task == "regression" or (np.abs(values) < EXACT).all() or (values != np.rint(values)).any():
        return values
    whole = _integers(column)
    distinct = len(np.unique(values)) if whole is None else len(set(whole))
    if data.task == "auto" and distinct > MAX_AUTO_CLASSES:
        if distinct > len(np.unique(values)):
            raise StudyError([f"{place} has {UNTOLD}: subtract an offset, or set data.task=multiclass"])
        return values
    if whole is None:
        raise StudyError([f"{place} has {UNTOLD}: write its labels as words or as integers"])
    return np.array(whole, object)


def _integers(column: pl.Series) -> list[int] | None:
    """The values of a column in which every one is a whole number without a point; 0 for a missing one."""
    if column.dtype.is_integer():
        return [value or 0 for value in column.to_list()]
    if is_text(column) and words_of(column).drop_nulls().str.contains(r"^[+-]?\d+$").all():
        return [int(value or 0) for value in words_of(column).to_list()]
    return None


def _are_labels(column: pl.Series, data: Data, mark: str) -> bool:
    """Whether a column that is not all numbers holds labels, and not numbers of a regression with a typing error."""
    if not is_text(column) or data.task == "regression":
        return False
    mostly_numbers = parse_numbers(column, mark).values.count() > column.count() / 2
    return not (mostly_numbers and column.n_unique() > MAX_AUTO_CLASSES)


def _task(distinct: NDArray, data: Data, place: str) -> Task:
    """The task by `data.task`, or else by the distinct values."""
    is_text = distinct.dtype.kind == "U"
    if data.task == "binary" and len(distinct) != 2:
        raise StudyError([f"{place} has {len(distinct)} distinct values: binary needs two; set data.task=auto"])
    if data.task != "auto":
        return data.task
    if len(distinct) == 2:
        return "binary"
    is_whole = is_text or distinct.dtype == object or bool((distinct == np.round(distinct)).all())
    return "multiclass" if is_text or (is_whole and len(distinct) <= MAX_AUTO_CLASSES) else "regression"


def _names(distinct: NDArray, column: pl.Series) -> tuple[str, ...]:
    """Class names: whole numbers without a point, booleans as true and false."""
    if column.dtype == pl.Boolean:
        return ("false", "true")
    if distinct.dtype.kind == "U":
        return tuple(map(str, distinct))
    return tuple(str(int(value)) if value == int(value) else str(float(value)) for value in distinct)
