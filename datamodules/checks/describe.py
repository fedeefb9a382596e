"""Description of a study's table and fold plan: the text of `--dry-run`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from configs.shown import shown
from datamodules.checks.sources import describe_sources
from datamodules.folds.plan import FoldPlan, Role
from datamodules.reading.names import listed
from datamodules.table import Table

SHOWN_MEMBERS = 20
SHOWN_CLASSES = 5
MOST_CLASSES, ENDS = 12, 3
"""Most classes that are all listed with their rows, and how many of the largest and smallest ones of more."""
PARTS = (Role.train, Role.validation, Role.scored, Role.test)


def describe_table(table: Table) -> str:
    """Size, task, classes with their rows (the positive one marked), dropped columns, missing values, note, digest."""
    return "\n".join([*_description(table), f"table digest: {table.digest()}"])


def describe_reading(table: Table) -> list[str]:
    """What a file was read as, for the start of a training; nothing of a bundled data set."""
    return _description(table) if table.sources else []


def _description(table: Table) -> list[str]:
    first = {column.source: place for place, column in reversed([*enumerate(table.schema)])}
    lines = [f"{table.name}: {table.rows:,} rows, {len(first)} columns; {table.task} target '{table.target}'"]
    if table.task == "regression":
        low, high = table.targets.min(), table.targets.max()
        lines.append(f"target: {low:g} to {high:g}, mean {table.targets.mean(dtype=np.float64):g}")
    else:
        lines.append(_classes(table))
    if table.groups is not None:
        lines.append(f"groups: {len(np.unique(table.groups)):,}")
    if table.weights is not None:
        lines.append(f"row weights: {table.weights.min():g} to {table.weights.max():g}{_weightless(table.weights)}")
    if table.dropped:
        lines.append(f"left out: {listed(table.dropped)}")
    if missing := int(np.isnan(table.features[:, list(first.values())]).sum()):
        lines.append(f"missing values: {missing:,}")
    lines += describe_sources(table)
    if table.note:
        lines.append(f"note: {table.note}")
    return [shown(line) for line in lines]


def _classes(table: Table) -> str:
    """`classes: no 84, yes 76 (positive)`; of many classes their number, the largest and the smallest ones."""
    counts = np.bincount(table.targets, minlength=len(table.classes))
    named = [f"{name} {count:,}" for name, count in zip(table.classes, counts, strict=True)]
    if len(named) > MOST_CLASSES:
        order = np.argsort(-counts, kind="stable")
        most, fewest = (", ".join(named[place] for place in part) for part in (order[:ENDS], order[-ENDS:]))
        return f"classes: {len(named)}; most rows: {most}; fewest: {fewest}"
    named[1] += " (positive)" if table.task == "binary" else ""
    return f"classes: {', '.join(named)}"


def _weightless(weights: NDArray[np.float64]) -> str:
    """Number of rows that are left out of the training loss, after a semicolon; "" if there are none."""
    left_out = int((weights == 0).sum())
    return f"; rows of weight 0, left out of the training loss: {left_out:,}" if left_out else ""


def describe_plan(table: Table, plan: FoldPlan) -> str:
    """Rows per fold and role, with the rows of each class, seeds if several, and the digest; 20 folds at most."""
    header = ["repeat", "fold", *(role.name for role in PARTS)]
    seeds = sorted({member.seed for member in plan.members})
    folds = [index for index, member in enumerate(plan.members) if member.seed == plan.members[0].seed]
    first = folds[:SHOWN_MEMBERS]
    cells = [header, *([*_key(plan, index), *(_part(table, plan, index, role) for role in PARTS)] for index in first)]
    lines = _aligned(cells)
    if len(folds) > SHOWN_MEMBERS:
        lines.append(f"... and {len(folds) - SHOWN_MEMBERS:,} more folds")
    if len(seeds) > 1:
        lines.append(f"seeds {seeds[0]} to {seeds[-1]} train on each of them: {len(plan.members):,} networks")
    if table.task != "regression":
        few = len(table.classes) <= SHOWN_CLASSES
        lines.append(f"(in brackets: rows of {', '.join(table.classes) if few else 'the smallest and largest class'})")
    return "\n".join(map(shown, [*lines, f"fold plan digest: {plan.digest()}"]))


def _key(plan: FoldPlan, index: int) -> list[str]:
    return [str(plan.members[index].repeat), str(plan.members[index].fold)]


def _part(table: Table, plan: FoldPlan, index: int, role: Role) -> str:
    """`347 (218 129)`: the rows of a part, and those of each class; of many classes, the fewest and the most."""
    rows = plan.rows_of(index, role)
    if table.task == "regression" or len(rows) == 0:
        return f"{len(rows):,}"
    counts = np.bincount(table.targets[rows], minlength=len(table.classes))
    told = counts if len(counts) <= SHOWN_CLASSES else np.array([counts.min(), counts.max()])
    return f"{len(rows):,} ({' '.join(map(str, told))})"


def _aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
