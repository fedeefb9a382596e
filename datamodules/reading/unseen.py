"""New rows for prediction: the network inputs of a file by name, and its other columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import StudyError
from datamodules.checks.values import SHOWN_COLUMNS, count_rows
from datamodules.fold_data import GATHERED_BYTES
from datamodules.reading.columns import numbers
from datamodules.reading.files import read_frame
from datamodules.reading.float32 import as_float32
from datamodules.reading.names import unknown_column

SHOWN = 5
_CURE = "correct those rows"


def read_unseen(path: Path, columns: Sequence[str], imputes: bool) -> tuple[NDArray[np.float32], pl.DataFrame]:
    """The `columns` of a `.csv` or `.parquet` file, by name, float32 `(rows, columns)`, and its other columns.

    A missing value becomes NaN if the study `imputes`, else it is an error.

    Raises:
        StudyError: the file cannot be read, or columns are missing or invalid: a line for each.
    """
    frame = read_frame(path, inputs=columns)
    place = str(path)
    if lacking := [name for name in columns if name not in frame.columns]:
        told = [unknown_column("inputs", name, place, frame.columns) for name in lacking[:SHOWN]]
        more = [f"inputs: {place} lacks {len(lacking) - SHOWN} more columns that the networks take"]
        raise StudyError([*told, *more * (len(lacking) > SHOWN)])
    problems: list[str] = []
    features = np.empty((frame.height, len(columns)), np.float32)
    for index, name in enumerate(columns):
        try:
            values = numbers(frame[name], f"{place}: column '{name}'", _CURE)
            features[:, index] = as_float32(values, f"{place}: column '{name}'", _CURE)
        except StudyError as error:
            problems += error.problems
            continue
        problems += _value_problems(features[:, index], f"{place}: column '{name}'", imputes)
    if len(problems) > SHOWN_COLUMNS:
        problems[SHOWN_COLUMNS:] = [f"{place}: and {len(problems) - SHOWN_COLUMNS} more columns like these"]
    if problems:
        raise StudyError(problems)
    return features, frame.drop(columns)


def row_batches(features: NDArray[np.float32], members: int) -> Iterator[NDArray[np.float32]]:
    """`(rows, columns)` in parts of at most 16 MiB of inputs over all members."""
    size = max(1, GATHERED_BYTES // (members * features.shape[1] * 4))
    return (features[start : start + size] for start in range(0, len(features), size))


def _value_problems(values: NDArray[np.float32], place: str, imputes: bool) -> list[str]:
    problems = []
    if (infinite := np.isinf(values)).any():
        problems.append(f"{place} has {count_rows('infinite', infinite)}: {_CURE}")
    if not imputes and (missing := np.isnan(values)).any():
        known = "the networks were trained without missing values (inputs.impute: refuse)"
        problems.append(
            f"{place} has {count_rows('missing', missing)}, and {known}: fill them, or leave those rows out"
        )
    return problems
