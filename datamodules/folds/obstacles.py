"""Obstacles to a study's split of a table: causes, without their cures."""

from __future__ import annotations

from math import ceil

import numpy as np

from configs.sections.folds import GROUPED, REPEATED, Folds
from datamodules.folds.splits import Rows, divide, hold_out_test, hold_out_validation, is_stratified
from datamodules.folds.times import time_obstacle
from datamodules.table import Table

MAX_ROLES = 2**30  # bytes of a plan: one for each member and row


def divides(table: Table, folds: Folds, seed: int) -> bool:
    """Whether the table can be split like this."""
    if method_obstacle(table, folds) or (table.test_rows is None and cut_obstacle(table, np.arange(table.rows), folds)):
        return False
    rows, _ = hold_out_test(table, folds, seed)
    needed = {"split": 1, "leave_one_out": max(2, len(rows))}.get(folds.method, folds.splits)
    return most_folds(table, rows, folds)[0] >= needed and trains(table, rows, folds, seed)


def trains(table: Table, rows: Rows, folds: Folds, seed: int) -> bool:
    """Whether each fold of these rows, those that are not test rows, can be trained, in every repeat."""
    return all(
        _is_trained(table, training, folds, seed, repeat, fold)
        for repeat in range(folds.repeats)
        for fold, (training, _) in enumerate(divide(table, rows, folds, seed, repeat))
    )


def _is_trained(table: Table, training: Rows, folds: Folds, seed: int, repeat: int, fold: int) -> bool:
    """Whether a fold can be trained, its validation rows held out."""
    if has_one_class(table, training) or cut_obstacle(table, training, folds, "validation_fraction"):
        return False
    return not has_one_class(table, hold_out_validation(table, training, folds, seed, repeat, fold)[0])


def method_obstacle(table: Table, folds: Folds) -> str:
    """Obstacle to the method, with its cure; "" if there is none."""
    if table.groups is not None and folds.method not in GROUPED:
        return f"{table.name} has groups, which {folds.method} would part; set folds.method to group"
    if folds.method == "stratified_group" and table.task == "regression":
        return f"{table.name} is a regression, which has no classes to stratify; use group"
    if folds.method in GROUPED and table.groups is None:
        return f"{table.name} has no groups; name their column in folds.group, or use another method"
    if obstacle := time_obstacle(table, folds):
        return obstacle
    if folds.repeats > 1 and folds.method not in REPEATED:
        return f"{table.name} is split by group, which gives the same folds again; set folds.repeats to 1"
    return ""


def has_one_class(table: Table, training: Rows) -> bool:
    """Whether a classification would be trained on a single class."""
    targets = table.targets[training]
    return table.task != "regression" and (len(targets) == 0 or bool(targets.min() == targets.max()))


def cut_obstacle(table: Table, rows: Rows, folds: Folds, name: str = "test_fraction") -> str:
    """Obstacle to splitting the fraction `name` off `rows`; "" if there is none."""
    units, unit = len(rows), "row"
    if table.groups is not None:
        units, unit = len(np.unique(table.groups[rows])), "group"
    held = ceil(getattr(folds, name) * units)
    if folds.method == "time_series":
        held += folds.gap
    if units - held < 1:
        return f"has {counted(units, unit)}, and nothing would be left to train on"
    if held == 0 or not is_stratified(table, folds) or table.task == "regression":
        return ""
    counts = np.bincount(table.targets[rows], minlength=len(table.classes))
    if counts.min() < 2:
        rare = table.classes[int(counts.argmin())]
        return f"has {counted(counts.min(), 'row')} of class '{rare}', and both parts need one"
    if min(held, units - held) < len(counts):
        parts = f"{units - held} and {held} rows, and both need one of each of {len(counts)} classes"
        return f"would be cut into {parts}"
    return ""


def most_folds(table: Table, rows: Rows, folds: Folds) -> tuple[int, str]:
    """Upper bound of the number of folds, and its cause."""
    limit, reason = len(rows), f"has {counted(len(rows), 'row')}"
    if folds.method == "stratified" and table.task != "regression":
        counts = np.bincount(table.targets[rows], minlength=len(table.classes))
        limit = int(counts.min())
        reason = f"has {counted(limit, 'row')} of class '{table.classes[counts.argmin()]}'"
    if folds.method in GROUPED:
        assert table.groups is not None
        limit = len(np.unique(table.groups[rows]))
        reason = f"has {counted(limit, 'group')}"
        if folds.method == "stratified_group" and (most := int(np.bincount(table.targets[rows]).max())) < limit:
            limit, reason = most, f"has {counted(most, 'row')} of its most frequent class"
    if folds.method == "time_series":
        limit = most_in_time(limit, folds.gap)
    if limit > MAX_ROLES // table.rows:
        limit, reason = MAX_ROLES // table.rows, f"has {table.rows} rows, too many to plan so many folds of them"
    return limit, reason


def most_in_time(rows: int, gap: int) -> int:
    """Most folds of scikit-learn's TimeSeriesSplit, which can make all smaller numbers of folds as well.

    Each fold needs a row that is scored, and the first one a row to train on before the gap.
    """
    enough = range(1, rows)
    return next((k - 1 for k in enough if rows - gap - rows // (k + 1) * k <= 0), max(0, rows - 1))


def counted(number: int, unit: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number} {unit}{'' if number == 1 else 's'}"
