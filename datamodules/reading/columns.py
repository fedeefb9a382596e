"""Conversion of columns to arrays: numbers for features, class indices or numbers for the target."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.schema import Data
from datamodules.checks.values import count_rows
from datamodules.reading.float32 import as_float32
from datamodules.table import Task

MAX_AUTO_CLASSES = 20
EXACT = 2**53
"""Largest integer up to which float64 is exact."""
UNTOLD = "numbers above 2^53, which a float64 cannot tell apart"
TARGET_CURE = "change data.task or data.target"
TEXT = (pl.String, pl.Categorical, pl.Enum)


class Target(NamedTuple):
    """An encoded target: int32 class indices, or float32 numbers of a regression, each `(rows,)`."""

    task: Task
    classes: tuple[str, ...]
    values: NDArray[np.int32] | NDArray[np.float32]


def numbers(
    column: pl.Series, place: str, cure: str = "name the column in data.drop", how: str = ""
) -> NDArray[np.float64]:
    """Values of a column as float64 `(rows,)`, NaN where one is missing; true is 1 and false is 0.

    Raises:
        StudyError: a value is not a number; names the first rows, the first such value, `how` to write it, and `cure`.
    """
    if column.dtype in TEXT:
        text = _stripped(column)
        parsed = text.cast(pl.Float64, strict=False)
        wrong = (parsed.is_null() & text.is_not_null()).to_numpy()
        if wrong.any():
            example = text[int(wrong.argmax())]
            found = count_rows("non-numeric", wrong)
            raise StudyError([f"{place} has {found}, such as '{example}': write numbers{how} or {cure}"])
        column = parsed
    if not (column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
        raise StudyError([f"{place} has type {column.dtype}: write numbers or {cure}"])
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy()


def in_numbers(column: pl.Series) -> str:
    """Advice, in brackets, to encode a column of a few words, each in many rows, as numbers; "" for any other."""
    if column.dtype not in TEXT:
        return ""
    text = _stripped(column).drop_nulls()
    words = text.unique().sort()
    if not 2 <= len(words) <= min(MAX_AUTO_CLASSES, len(text) // 2) or words.cast(pl.Float64, strict=False).count():
        return ""
    if len(words) == 2:
        return f" (0 for '{words[0]}', 1 for '{words[1]}')"
    return f" (a column of 0 and 1 for each of its {len(words)} values, as to_dummies of polars makes them)"


def encode_target(column: pl.Series, data: Data, place: str) -> Target:
    """Encode the target for its task; classes are sorted, and of two, the second or `data.positive` is class 1.

    Two distinct values are `binary`; strings, or at most 20 whole numbers, are `multiclass`; anything else is a
    `regression`. `data.task` overrides that.

    Raises:
        StudyError: a value is missing or infinite, all are equal, or `data.task` or `data.positive` do not fit.
    """
    try:
        values: NDArray = numbers(column, place, TARGET_CURE)
        missing = np.isnan(values)
    except StudyError:
        if not _are_labels(column, data):
            raise
        text = _stripped(column)
        missing, values = text.is_null().to_numpy(), text.fill_null("").to_numpy().astype(str)
    if missing.any():
        cause = "a target must be known (NA, nan, null, ? and nothing count as missing)"
        cure = f"{cause}; drop those rows, rename that class or set data.target"
        raise StudyError([f"{place} has {count_rows('missing', missing)}: {cure}"])
    if values.dtype == np.float64:
        values = _exact(column, values, data, place)
    distinct, indices = np.unique(values, return_inverse=True)
    if len(distinct) < 2:
        raise StudyError([f"{place} has the same value in every row: there is nothing to learn; set data.target"])
    if _task(distinct, data, place) == "regression":
        return Target("regression", (), as_float32(values, place, "divide the column"))
    classes = _names(distinct, column)
    task: Task = "binary" if len(classes) == 2 and data.task != "multiclass" else "multiclass"
    return Target(task, *positive_last(classes, indices.astype(np.int32), data.positive, task))


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
    if column.dtype in TEXT and _stripped(column).drop_nulls().str.contains(r"^[+-]?\d+$").all():
        return [int(value or 0) for value in _stripped(column).to_list()]
    return None


def _are_labels(column: pl.Series, data: Data) -> bool:
    """Whether a column that is not all numbers holds labels, and not numbers of a regression with a typing error."""
    if column.dtype not in TEXT or data.task == "regression":
        return False
    text = _stripped(column)
    mostly_numbers = text.cast(pl.Float64, strict=False).count() > text.count() / 2
    return not (mostly_numbers and text.n_unique() > MAX_AUTO_CLASSES)


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


def _stripped(column: pl.Series) -> pl.Series:
    """Text without surrounding blanks; a blank value is missing."""
    text = column.cast(pl.String).str.strip_chars()
    return text.set(text == "", None)
