"""Columns that are no inputs: those with another use, dropped ones (`data.drop`), and the table without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from datamodules.reading.names import unknown_column
from datamodules.table import Table


def used_columns(target: str | None, group: str | None, weight: str | None) -> dict[str, str]:
    """Columns with a use of their own, and that use in words."""
    uses = (target, "the target"), (group, "folds.group"), (weight, "data.weight")
    return {name: use for name, use in reversed(uses) if name is not None}


def weight_problems(weight: str | None, target: str | None, group: str | None) -> list[str]:
    """Problems of a weight column that has another use, too."""
    others = used_columns(target, group, None)
    if weight is None or weight not in others:
        return []
    return [f"data.weight: '{weight}' is {others[weight]}; name another column"]


def drop_problems(names: Sequence[str], source: str, columns: Sequence[str], used: Mapping[str, str]) -> list[str]:
    """Problems of dropping `names` from the `columns` of `source`, some of which are `used`, see `used_columns`."""
    problems = []
    for name in names:
        if name in used:
            problems.append(f"data.drop: '{name}' is {used[name]} and no input anyway; take it out of the list")
        elif name not in columns:
            problems.append(unknown_column("data.drop", name, source, columns))
    if not problems and names and not set(columns) - {*names, *used}:
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
