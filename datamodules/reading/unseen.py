"""New rows for prediction: the inputs of the networks by name, as the types they were trained on, and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.schema import Data, Inputs
from datamodules.checks.values import SHOWN_COLUMNS, count_rows
from datamodules.fold_data import GATHERED_BYTES
from datamodules.inputs.applying import finite
from datamodules.reading.files import read_file
from datamodules.reading.float32 import as_float32
from datamodules.reading.frames import number_marks
from datamodules.reading.kinds import as_wished
from datamodules.reading.names import listed, unknown_column
from datamodules.schema import Column

SHOWN = 5
_CURE = "correct those rows"


class Unseen(NamedTuple):
    """New rows.

    Attributes:
        features: float32 `(rows, columns)`, in the order of training.
        others: the columns of the file that are no inputs, as they stand there.
        notes: a line for each column with levels that training did not have.
    """

    features: NDArray[np.float32]
    others: pl.DataFrame
    notes: list[str]


def read_unseen(
    path: Path, schema: Sequence[Column], inputs: Inputs, data: Data, formats: Mapping[str, str] | None = None
) -> Unseen:
    """The inputs of `schema` from a file, by name; a level that training did not have has the code `len(levels)`.

    `inputs` say whether a missing value, which becomes NaN, and an infinite one are errors; a missing category is none.
    `data` says which words are missing, and the encoding; `formats` are those of dates.

    Raises:
        StudyError: the file cannot be read, or columns are missing or invalid: a line for each.
    """
    sources: dict[str, list[Column]] = {}
    for column in schema:
        sources.setdefault(column.source, []).append(column)
    raw = read_file(path, data, set(sources), single=len(sources) == 1)
    _check_names(str(path), list(sources), raw.frame.columns)
    features, notes, problems = np.empty((raw.frame.height, len(schema)), np.float32), [], list[str]()
    marks = number_marks(raw, raw.frame.select(list(sources)), data)
    for name, columns in sources.items():
        place, wish = f"{path}: column '{name}'", _wish(columns[0], formats or {})
        try:
            read = as_wished(raw.frame[name], place, wish, data.missing, marks.get(name, "."), known=True)
            for column, values in zip(columns, read.values, strict=True):
                single = features[:, schema.index(column)] = as_float32(values, place, _CURE)
                problems += _value_problems(single, place, inputs, column)
        except StudyError as error:
            problems += error.problems
            continue
        notes += _unknown(read.unknown, place)
    if len(problems) > SHOWN_COLUMNS:
        problems[SHOWN_COLUMNS:] = [f"{path}: and {len(problems) - SHOWN_COLUMNS} more columns like these"]
    if problems:
        raise StudyError(problems)
    features = finite(features) if inputs.infinite == "missing" else features
    return Unseen(features, raw.frame.drop(list(sources)), notes)


def row_batches(features: NDArray[np.float32], members: int, width: int) -> Iterator[NDArray[np.float32]]:
    """`(rows, columns)` in parts of at most 16 MiB over all members, whose networks take `width` inputs."""
    size = max(1, GATHERED_BYTES // (members * max(width, features.shape[1]) * 4))
    return (features[start : start + size] for start in range(0, len(features), size))


def _check_names(place: str, names: Sequence[str], columns: Sequence[str]) -> None:
    if lacking := [name for name in names if name not in columns]:
        told = [unknown_column("inputs", name, place, columns) for name in lacking[:SHOWN]]
        more = [f"inputs: {place} lacks {len(lacking) - SHOWN} more columns that the networks take"]
        raise StudyError([*told, *more * (len(lacking) > SHOWN)])


def _wish(column: Column, formats: Mapping[str, str]) -> str | tuple[str, ...]:
    """The type of a column as `data.columns` would give it."""
    if column.kind == "categorical":
        return column.levels
    return formats.get(column.source) or column.kind


def _unknown(levels: Mapping[str, int], place: str) -> list[str]:
    if not levels:
        return []
    rows = sum(levels.values())
    told = listed([f"'{level}'" for level in levels], SHOWN)
    return [f"{place} has {rows:,} row{'s' if rows > 1 else ''} with a level that training did not have: {told}"]


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
