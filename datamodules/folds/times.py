"""Time order of the rows: that of the file, or of the column that `folds.time` names."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from configs.sections.folds import Folds
from datamodules.checks.values import count_rows
from datamodules.reading.names import unknown_column
from datamodules.table import Table


def time_obstacle(table: Table, folds: Folds) -> str:
    """Why rows cannot be put in the order of `folds.time`, with the cure; "" if they can, or need not be."""
    if folds.time is None:
        return ""
    place = _place(table, folds.time)
    if place is None:
        known = list(dict.fromkeys(column.source for column in table.schema))
        return unknown_column("folds.time", folds.time, table.name, known).removeprefix("folds.time: ")
    if table.schema[place].kind == "categorical":
        return f"column '{folds.time}' of {table.name} holds words; name a column of dates or numbers"
    if (missing := np.isnan(table.features[:, place])).any():
        return f"column '{folds.time}' of {table.name} has {count_rows('missing', missing)}; drop those rows"
    return ""


def in_time(table: Table, folds: Folds, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """`rows`, the earliest first; rows of one time stay in the order of the file.

    Times are float32, as all features are: of dates the days, and their time of the day to three minutes.
    """
    if folds.time is None:
        return rows
    place = _place(table, folds.time)
    assert place is not None
    return rows[np.argsort(table.features[rows, place], kind="stable")]


def _place(table: Table, time: str) -> int | None:
    """The feature that tells the time of a column: the days of a date."""
    own = [place for place, column in enumerate(table.schema) if column.source == time]
    days = [place for place in own if table.schema[place].counts_days]
    return next(iter([*days, *own]), None)
