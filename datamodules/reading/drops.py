"""Dropped columns of a study (`data.drop`): their validation, and the table without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from datamodules.reading.names import unknown_column
from datamodules.table import Table


def drop_problems(
    names: Sequence[str], source: str, columns: Sequence[str], target: str | None, group: str | None
) -> list[str]:
    """Problems of dropping `names` from the `columns` of `source`."""
    problems = []
    for name in names:
        if name == target:
            problems.append(f"data.drop: '{name}' is the target and no input anyway; take it out of the list")
        elif name == group:
            problems.append(f"data.drop: '{name}' is folds.group and no input anyway; take it out of the list")
        elif name not in columns:
            problems.append(unknown_column("data.drop", name, source, columns))
    if not problems and names and not set(columns) - {*names, target, group}:
        problems.append(f"data.drop: leaves no column of {source} to learn from; take one out of the list")
    return problems


def without(table: Table, names: Sequence[str]) -> Table:
    """The table without the columns of `names`, which it has."""
    if not names:
        return table
    left_out = [table.columns.index(name) for name in names]
    return replace(
        table,
        features=np.delete(table.features, left_out, axis=1),
        columns=tuple(name for name in table.columns if name not in names),
        schema=tuple(column for column in table.schema if column.name not in names),
    )
