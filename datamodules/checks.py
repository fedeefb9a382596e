"""Whether the values of a table can be trained on; one line per column, with its first rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from datamodules.table import Table

SHOWN_ROWS = 5
SHOWN_COLUMNS = 20


def check_table(table: Table, impute: str) -> None:
    """Refuse infinite values, and missing ones unless `inputs.impute` says what fills them.

    Raises:
        StudyError: one line per column that has such values.
    """
    kinds = [("infinite", np.isinf(table.features), "drop those rows or correct them")]
    if impute == "none":
        cure = "set inputs.impute to mean or median, drop those rows, or name the column in data.drop"
        kinds.append(("missing", np.isnan(table.features), cure))
    problems = [
        f"{table.name}: column '{table.columns[column]}' has {count_rows(kind, found[:, column])}: {cure}"
        for kind, found, cure in kinds
        for column in np.flatnonzero(found.any(axis=0))
    ]
    if len(problems) > SHOWN_COLUMNS:
        problems[SHOWN_COLUMNS:] = [f"{table.name}: and {len(problems) - SHOWN_COLUMNS} more columns like these"]
    if problems:
        raise StudyError(problems)


def count_rows(kind: str, found: NDArray[np.bool_], noun: str = "value") -> str:
    """`3 missing values (rows 12, 40, 41)`: rows are counted from 1, the first one below the header."""
    rows = np.flatnonzero(found) + 1
    listed = ", ".join(map(str, rows[:SHOWN_ROWS])) + (", ..." if len(rows) > SHOWN_ROWS else "")
    plural = "" if len(rows) == 1 else "s"
    return f"{len(rows)} {kind} {noun}{plural} (row{plural} {listed})"
