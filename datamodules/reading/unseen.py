"""New rows for prediction: the inputs of the networks by name, as the types they were trained on, and the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.sections.data import Data
from configs.sections.inputs import Inputs
from datamodules.checks.values import SHOWN_COLUMNS, count_rows
from datamodules.fold_data import GATHERED_BYTES
from datamodules.inputs.applying import finite
from datamodules.reading.columns.float32 import as_float32
from datamodules.reading.columns.kinds import as_wished
from datamodules.reading.columns.numerals import mark_and_sign
from datamodules.reading.files.formats import RawTable
from datamodules.reading.files.pieces import read_pieces
from datamodules.reading.frames import number_marks
from datamodules.reading.names import listed, unknown_column
from datamodules.schema import Column

FRAME = "the frame"
"""What a data frame is called in messages."""
SHOWN = 5
_CURE = "correct those rows"


class Unseen(NamedTuple):
    """New rows.

    Attributes:
        features: float32 `(rows, columns)`, in the order of training.
        others: the columns that are no inputs, as they stand there.
        unknown: rows by column and by level that training did not have.
    """

    features: NDArray[np.float32]
    others: pl.DataFrame
    unknown: dict[str, Counter[str]]


def read_unseen(
    source: Path | pl.DataFrame,
    schema: Sequence[Column],
    inputs: Inputs,
    data: Data,
    formats: Mapping[str, str] | None = None,
) -> Iterator[Unseen]:
    """The inputs of `schema` from a file, in pieces, or from a frame; a level that training lacked has `len(levels)`.

    `inputs` say whether a missing value, which becomes NaN, and an infinite one are errors; a missing category is none.
    `data` says which words are missing, and the encoding; `formats` are those of dates and numbers.

    Raises:
        StudyError: the file cannot be read, or columns are missing or invalid: a line for each.
    """
    sources: dict[str, list[int]] = {}
    for place, column in enumerate(schema):
        sources.setdefault(column.source, []).append(place)
    formats = formats or {}
    written = {one.source: mark_and_sign(formats.get(one.source, "")) for one in schema if one.kind == "numeric"}
    trained = {name: mark for name, (mark, _) in written.items() if mark}
    marks: dict[str, str] = {}
    for piece, raw in _pieces(source, data, set(sources)):
        _check_names(piece, list(sources), raw.frame.columns)
        found = number_marks(raw, raw.frame.select(list(sources)), data, trained)
        marks = marks or found  # those of the first piece: a number that they do not fit is refused later on
        yield _typed(raw.frame, piece, sources, schema, inputs, data, formats, marks)


def _pieces(source: Path | pl.DataFrame, data: Data, wanted: Set[str]) -> Iterator[tuple[str, RawTable]]:
    if isinstance(source, pl.DataFrame):
        return iter([(FRAME, RawTable(source))])
    return read_pieces(source, data, wanted, single=len(wanted) == 1)


def _typed(
    frame: pl.DataFrame,
    path: str,
    sources: Mapping[str, Sequence[int]],
    schema: Sequence[Column],
    inputs: Inputs,
    data: Data,
    formats: Mapping[str, str],
    marks: Mapping[str, str],
) -> Unseen:
    """A piece of a file with the types of the training."""
    features, unknown = np.empty((frame.height, len(schema)), np.float32), {}
    problems: list[str] = []
    for name, indices in sources.items():
        place, wish, sign = f"{path}: column '{name}'", *_wish(schema[indices[0]], formats)
        try:
            read = as_wished(frame[name], place, wish, data.missing, marks.get(name, "."), known=True, sign=sign)
            for index, values in zip(indices, read.values, strict=True):
                single = features[:, index] = as_float32(values, place, _CURE)
                problems += _value_problems(single, place, inputs, schema[index])
        except StudyError as error:
            problems += error.problems
            continue
        unknown[name] = Counter(read.unknown)
    if len(problems) > SHOWN_COLUMNS:
        problems[SHOWN_COLUMNS:] = [f"{path}: and {len(problems) - SHOWN_COLUMNS} more columns like these"]
    if problems:
        raise StudyError(problems)
    features = finite(features) if inputs.infinite == "missing" else features
    return Unseen(features, frame.drop(list(sources)), unknown)


def row_batches(features: NDArray[np.float32], members: int, width: int) -> Iterator[NDArray[np.float32]]:
    """`(rows, columns)` in parts of at most 16 MiB over all members, whose networks take `width` inputs.

    So are `(members, rows, columns)`, where each member has rows of its own.
    """
    size = max(1, GATHERED_BYTES // (members * max(width, features.shape[-1]) * 4))
    return (features[..., start : start + size, :] for start in range(0, features.shape[-2], size))


def _check_names(place: str, names: Sequence[str], columns: Sequence[str]) -> None:
    if lacking := [name for name in names if name not in columns]:
        told = [unknown_column("inputs", name, place, columns) for name in lacking[:SHOWN]]
        others = len(lacking) - SHOWN
        more = [f"inputs: {place} lacks {others} more column{'s' * (others > 1)} that the networks take"]
        raise StudyError([*told, *more * (len(lacking) > SHOWN)])


def _wish(column: Column, formats: Mapping[str, str]) -> tuple[str | tuple[str, ...], str]:
    """The type of a column as `data.columns` would give it, and the sign that its numbers have."""
    known = formats.get(column.source, "")
    if column.kind == "categorical":
        return column.levels, ""
    return (known or "date", "") if column.kind == "date" else (column.kind, mark_and_sign(known)[1])


def unknown_notes(place: str, unknown: Mapping[str, Mapping[str, int]]) -> list[str]:
    """A line for each column with levels that training did not have."""
    notes = []
    for name, levels in unknown.items():
        rows, told = sum(levels.values()), listed([f"'{level}'" for level in levels], SHOWN)
        cause = f"{rows:,} row{'s' if rows > 1 else ''} with a level that training did not have: {told}"
        notes += [f"{place}: column '{name}' has {cause}"] if levels else []
    return notes


def _value_problems(values: NDArray[np.float32], place: str, inputs: Inputs, column: Column) -> list[str]:
    problems = []
    if inputs.infinite != "missing" and (infinite := np.isinf(values)).any():
        problems.append(f"{place} has {count_rows('infinite', infinite)}: {_CURE}")
    refused = inputs.impute == "refuse" and column.kind != "categorical"
    if refused and (missing := np.isnan(values)).any():
        known = "the networks were trained without missing values (inputs.impute: refuse)"
        problems.append(
            f"{place} has {count_rows('missing', missing)}, and {known}: fill them, or leave those rows out"
        )
    return problems
