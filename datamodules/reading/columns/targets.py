"""Rows without a target: a few are left out, many are refused."""

from __future__ import annotations

import polars as pl

from configs.errors import StudyError
from configs.sections.data import Data
from datamodules.checks.values import count_rows
from datamodules.reading.columns.words import is_text, known_words, missing_words

FEW = 0.05
"""Share of the rows below which those without a target are left out."""


def rows_with_target(column: pl.Series, data: Data, place: str) -> tuple[pl.Series | None, list[str]]:
    """Whether each row has a target, None if all have one; and a note on those that have none.

    Raises:
        StudyError: a share of `FEW` or more of the rows has none.
    """
    if is_text(column):
        missing = known_words(column, data.missing).is_null()
    else:
        missing = column.is_null() | (column.is_nan().fill_null(False) if column.dtype.is_float() else False)
    if not missing.any():
        return None, []
    found = count_rows("missing", missing.to_numpy())
    words = missing_words(column, data.missing) if is_text(column) else {}
    told = f" ({', '.join(map(repr, words))} counts as missing, which data.missing changes)" if words else ""
    if missing.sum() >= FEW * len(column):
        cure = "fewer than 5 % would be left out; drop those rows, or set data.target"
        raise StudyError([f"{place} has {found}{told}: a target must be known; {cure}"])
    rows = found.replace("missing value", "row", 1).replace("(row", "without a target (row", 1)
    return ~missing, [f"{rows} left out{told}; rows are counted without them"]
