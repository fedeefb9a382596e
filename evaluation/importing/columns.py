"""Columns of an imported table as numbers: strictly, because a value that is guessed would be a silent error.

Errors count data rows from 1, below the header.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.shown import shown

LARGEST = 2**53
"""Above it float64 has no odd integers."""


def number_column(frame: pl.DataFrame, name: str) -> NDArray[np.float64]:
    """A column as finite float64 numbers, `(rows,)`. Raises ValueError with the first data row that is none."""
    column = frame[name]
    if column.dtype == pl.String:
        column = column.str.strip_chars()
    try:
        values = column.cast(pl.Float64, strict=False) if column.dtype != pl.Boolean else None
    except pl.exceptions.PolarsError:
        values = None
    if values is None:
        raise ValueError(f"column '{shown(name)}' has no numbers, but {column.dtype}")
    numbers = values.fill_null(float("nan")).to_numpy()
    if (broken := ~np.isfinite(numbers)).any():
        place = int(broken.argmax())
        received = column[place]
        told = "nothing" if received is None or received == "" else f"'{shown(str(received))[:40]}'"
        raise ValueError(f"column '{shown(name)}' of data row {place + 1} has {told}: it must be a finite number")
    return np.asarray(numbers, np.float64)


def integer_column(frame: pl.DataFrame, name: str) -> NDArray[np.int64]:
    """A column as integers from 0 on, `(rows,)`. Raises ValueError with the first data row that is none."""
    numbers = number_column(frame, name)
    if (wrong := (numbers < 0) | (numbers != np.floor(numbers)) | (numbers > LARGEST)).any():
        place = int(wrong.argmax())
        raise ValueError(f"column '{name}' of data row {place + 1} has {numbers[place]:g}: it must be an integer >= 0")
    return numbers.astype(np.int64)
