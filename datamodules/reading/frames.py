"""Columns of a file to a table; the problems of all columns are raised together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.sections.data import Data
from datamodules.checks.values import count_rows
from datamodules.reading.columns.encoding import Read, numbers
from datamodules.reading.columns.float32 import as_float32, precision_notes, what_is_lost
from datamodules.reading.columns.kinds import COUNTING, as_wished, read_column
from datamodules.reading.columns.numerals import decimal_marks
from datamodules.reading.columns.target import encode_target
from datamodules.reading.columns.targets import rows_with_target
from datamodules.reading.columns.words import is_text
from datamodules.reading.drops import drop_problems, used_columns, weight_problems
from datamodules.reading.files.dialect import ROW_NAMES
from datamodules.reading.files.formats import RawTable
from datamodules.reading.names import listed, repeated, unknown_column
from datamodules.reading.notes import class_note, delimiter_notes, missing_note, positive_note
from datamodules.reading.strange_rows import check_units, sum_note
from datamodules.schema import Column, Source
from datamodules.table import Table

_ROW_NAMES_NOTE = (
    "the column without a name, which pandas and R write first, is taken for names of the rows and left out"
)

CACHED_ROWS = 2048


@dataclass
class _Features:
    """Feature columns while they are read: their types, float32 values `(rows,)`, and what was noticed."""

    columns: list[Column] = field(default_factory=list)
    values: list[NDArray[np.float32]] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    words: dict[str, dict[str, int]] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)

    def add(self, read: Read, place: str) -> None:
        """Take a column. Raises StudyError if a value is too large for float32."""
        for column, values in zip(read.columns, read.values, strict=True):
            single = as_float32(values, place, "divide the column, or name it in data.drop")
            lost = what_is_lost(values, single) if column.kind == "numeric" else None
            if lost is not None:
                self.lost[column.name] = lost
            self.columns.append(column)
            self.values.append(single)
        self.sources.append(read.source)
        self.words[read.source.name] = dict(read.words)

    def of_rows(self, kept: slice | NDArray[np.bool_]) -> Iterator[Source]:
        """The sources with the missing values of the `kept` rows alone, `(rows,)`."""
        first = {column.source: values for column, values in reversed([*zip(self.columns, self.values, strict=True)])}
        for source in self.sources:
            counted = source.name in first
            yield replace(source, missing=int(np.isnan(first[source.name][kept]).sum())) if counted else source


def table_of(raw: RawTable, data: Data, group: str | None) -> Table:
    """The target, groups, weights, and every other column as features; row names and `data.drop` are ignored.

    Blank rows at the end, which spreadsheets write, do not count; a few rows without a target are left out.

    Raises:
        StudyError: a column is missing, or its values do not fit its use.
    """
    frame = raw.frame.drop(ROW_NAMES, strict=False)
    if problems := _name_problems(frame.columns, data, group):
        raise StudyError(problems)
    assert data.target is not None
    frame = _without_blank_end(frame.drop(data.drop), data.source) if raw.delimiter else frame.drop(data.drop)
    place, marks = f"{data.source}: column", number_marks(raw, frame, data)
    if raw.delimiter:
        check_units(frame, data, marks)
    features = _features(frame.drop(list(used_columns(data.target, group, data.weight))), data, marks, problems)
    targets, groups, weights, known = [], [], [], None
    notes: list[str] = []
    with _collected(problems):
        known, notes = rows_with_target(frame[data.target], data, f"{place} '{data.target}'")
        column = frame[data.target] if known is None else frame[data.target].filter(known)
        targets.append(encode_target(column, data, f"{place} '{data.target}'", marks.get(data.target, ".")))
    with _collected(problems):
        groups.append(None if group is None else group_indices(frame[group], data.source))
    with _collected(problems):
        weights.append(None if data.weight is None else weight_values(frame[data.weight], data.source))
    if problems:
        raise StudyError(problems)
    kept = slice(None) if known is None else known.to_numpy()
    named_rows = ROW_NAMES in raw.frame.columns
    notes = (
        positive_note(targets[0])
        + class_note(targets[0], data.task)
        + notes
        + [_ROW_NAMES_NOTE] * named_rows
        + _notes(raw, features, Source(data.target, "numeric", "; ".join(targets[0].remarks)))
    )
    notes += sum_note(frame) if known is None or known[-1] else []
    task, classes, values, *_ = targets[0]
    return Table(
        name=Path(data.source).name,
        features=_side_by_side(features.values)[kept],
        targets=values,
        columns=tuple(column.name for column in features.columns),
        target=data.target,
        task=task,
        classes=classes,
        groups=None if groups[0] is None else groups[0][kept],
        weights=None if weights[0] is None else weights[0][kept],
        dropped=data.drop,
        note="; ".join(notes),
        schema=tuple(features.columns),
        sources=tuple(features.of_rows(kept)),
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
    values = numbers(column, place, "name another column in data.weight").values
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
    problems += _type_problems(columns, data, used)
    if not problems and len(columns) == len(used):
        others = " and the group" * (group is not None) + " and the weight" * (data.weight is not None)
        problems.append(f"{data.source}: has no column besides the target{others}; add features")
    return problems


def _type_problems(columns: Sequence[str], data: Data, used: Mapping[str, str]) -> list[str]:
    """Names in `data.columns` that are no features."""
    problems = []
    uses = dict.fromkeys(data.drop, "in data.drop") | dict(used)
    for name in data.columns:
        if name in uses:
            cure = "data.task says what it is" if name == data.target else "take it out"
            problems.append(f"data.columns: '{name}' is {uses[name]}, which has no type; {cure}")
        elif name not in columns:
            problems.append(unknown_column("data.columns", name, data.source, columns))
    return problems


def _without_blank_end(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series().arg_true()
    if not len(filled):
        raise StudyError([f"{source}: has a header but no rows; a table needs some"])
    return frame.head(filled[-1] + 1)


def _side_by_side(columns: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """`(rows, columns)` of columns `(rows,)`: some rows at a time, which stay in the cache, in a tenth of the time."""
    table = np.empty((len(columns[0]), len(columns)), np.float32)
    for start in range(0, len(table), CACHED_ROWS):
        for place, values in enumerate(columns):
            table[start : start + CACHED_ROWS, place] = values[start : start + CACHED_ROWS]
    return table


def number_marks(
    raw: RawTable, frame: pl.DataFrame, data: Data, trained: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Decimal mark of each text column of `frame`, which are columns of `raw`; see `decimal_marks`."""
    texts = [column for column in frame if is_text(column)]
    return decimal_marks(texts, raw.delimiter, data.decimal, raw.has_commas, trained)


def _features(frame: pl.DataFrame, data: Data, marks: dict[str, str], problems: list[str]) -> _Features:
    """All columns as features, those that tell nothing left out; adds to `problems`."""
    features = _Features()
    for column in frame:
        place, wish = f"{data.source}: column '{column.name}'", data.columns.get(column.name)
        with _collected(problems):
            features.add(read_column(column, place, wish, data.missing, marks.get(column.name, ".")), place)
    if not features.columns and not problems:
        _keep_identifiers(features, frame, data, marks)
    names = [column.name for column in features.columns]
    if twice := repeated(names):
        problems.append(
            f"{data.source}: '{twice[0]}' is a column, and a part of the date '{twice[0].rpartition('.')[0]}'"
        )
    if not names and not problems:
        told = "; ".join(f"'{source.name}': {source.remark}" for source in features.sources[:5])
        problems.append(f"{data.source}: has no column to learn from ({told}); set the type of one in data.columns")
    return features


def _keep_identifiers(features: _Features, frame: pl.DataFrame, data: Data, marks: dict[str, str]) -> None:
    """Use whole numbers that count the rows where there is nothing else."""
    for index, source in enumerate(list(features.sources)):
        if source.kind == "identifier" and source.remark == COUNTING:
            place, mark = f"{data.source}: column '{source.name}'", marks.get(source.name, ".")
            features.add(as_wished(frame[source.name], place, "numeric", data.missing, mark), place)
            features.sources[index] = features.sources.pop()


def _notes(raw: RawTable, features: _Features, target: Source) -> list[str]:
    return [
        *delimiter_notes(raw.delimiter, [*features.sources, target]),
        *missing_note(features.words),
        *precision_notes(features.lost),
    ]
