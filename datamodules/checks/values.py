"""Check for infinite, missing and too small values of a table; one line per column, with its first rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from datamodules.table import Table

SHOWN_ROWS = 5
SHOWN_COLUMNS = 20
SMALLEST = 1e-36
"""Smallest range of a column: its standard deviation and the reciprocal are then representable in float32."""

LARGEST = 1e18
"""Largest range of a regression's target: squared errors are then far below the largest float32, 3.4e38."""


def check_table(table: Table, impute: str) -> None:
    """Reject infinite values, missing ones if `inputs.impute` is refuse, and columns with too small or large a range.

    Raises:
        StudyError: one line per column that has such values.
    """
    kinds = [("infinite", np.isinf(table.features), "set inputs.infinite to missing, drop those rows, or correct them")]
    if impute == "refuse":
        cure = "set inputs.impute to auto, drop those rows, or name the column in data.drop"
        kinds.append(("missing", np.isnan(table.features), cure))
    problems = [
        f"{table.name}: column '{name}' has values that are at most {width:.2g} apart, too small for float32, which "
        "begins at 1.2e-38: multiply the column"
        for name, width in _too_small(table)
    ] + [
        f"{table.name}: column '{table.columns[column]}' has {count_rows(kind, found[:, column])}: {cure}"
        for kind, found, cure in kinds
        for column in np.flatnonzero(found.any(axis=0))
    ]
    if table.task == "regression" and _widths(table.targets[:, None])[0] > LARGEST:
        low, high = table.targets.min(), table.targets.max()
        cause = f"target '{table.target}' ranges from {low:g} to {high:g}, and squared errors of that size overflow"
        problems.append(f"{table.name}: {cause} float32: divide the column, or take its logarithm")
    if len(problems) > SHOWN_COLUMNS:
        problems[SHOWN_COLUMNS:] = [f"{table.name}: and {len(problems) - SHOWN_COLUMNS} more columns like these"]
    if problems:
        raise StudyError(problems)


def _too_small(table: Table) -> list[tuple[str, float]]:
    """Columns, the target of a regression included, whose range is too small to be scaled to 1 in float32."""
    columns = dict(zip(table.columns, _widths(table.features).tolist(), strict=True))
    if table.task == "regression":
        columns[table.target] = float(_widths(table.targets[:, None])[0])
    return [(name, width) for name, width in columns.items() if 0 < width < SMALLEST]


def _widths(columns: NDArray[Any]) -> NDArray[np.float64]:
    """Range of each column of `(rows, columns)`, largest less smallest value; nan where there is none."""
    largest, smallest = np.fmax.reduce(columns, axis=0), np.fmin.reduce(columns, axis=0)
    with np.errstate(invalid="ignore"):
        return largest.astype(np.float64) - smallest


def count_rows(kind: str, found: NDArray[np.bool_], noun: str = "value") -> str:
    """`3 missing values (rows 12, 40, 41)`: rows are counted from 1, the first one below the header."""
    rows = np.flatnonzero(found) + 1
    listed = ", ".join(map(str, rows[:SHOWN_ROWS])) + (", ..." if len(rows) > SHOWN_ROWS else "")
    plural = "" if len(rows) == 1 else "s"
    return f"{len(rows)} {kind} {noun}{plural} (row{plural} {listed})"
