"""Whether a table can be divided as a study asks, and what to change if not: one line per problem."""

from __future__ import annotations

from math import ceil

import numpy as np

from configs.schema import Folds
from datamodules.splits import Rows, divide, is_stratified
from datamodules.table import Table

MAX_ROLES = 2**30  # bytes of a plan: one for each member and row


def test_problems(table: Table, folds: Folds) -> list[str]:
    """What stands against the method, and against cutting the test rows off."""
    if table.groups is not None and folds.method != "group":
        return [f"folds.method: {table.name} has groups, which {folds.method} would part; set folds.method to group"]
    if folds.method == "stratified" and table.task == "regression":
        return [f"folds.method: {table.name} is a regression, which has no classes to stratify; use kfold"]
    if folds.method == "group" and table.groups is None:
        return [f"folds.method: {table.name} has no groups; name their column in folds.group, or use another method"]
    if table.test_rows is not None:
        return _published_problems(table, table.test_rows)
    return _cut_problems(table, np.arange(table.rows), folds, "folds.test_fraction", table.name)


def fold_problems(table: Table, rows: Rows, folds: Folds, seed: int) -> list[str]:
    """What stands against dealing `rows`, those that are not test rows, into folds."""
    if folds.method == "split":
        return []
    limit, reason = _most_folds(table, rows, folds)
    if folds.method == "leave_one_out":
        if limit == len(rows) >= 2:
            return []
        return [f"folds.method: leave_one_out of {_rows(len(rows))} {reason}; use kfold"]
    if folds.splits <= limit:
        return []
    works = next((k for k in range(limit, 1, -1) if _works(table, rows, folds, seed, k)), None)
    cure = f"{works} is the largest that works" if works else "no number of folds works; use another folds.method"
    return [f"folds.splits: {table.name} {reason} outside the test part: {cure}, received {folds.splits}"]


def training_problems(table: Table, training: Rows, folds: Folds, where: str) -> list[str]:
    """What stands against training on these rows and cutting a validation part off them."""
    if table.task != "regression" and len(np.unique(table.targets[training])) < 2:
        return [f"folds: {where} of {table.name} would train on a single class; use stratified, or fewer folds"]
    return _cut_problems(table, training, folds, "folds.validation_fraction", f"{where} of {table.name}")


def _works(table: Table, rows: Rows, folds: Folds, seed: int, splits: int) -> bool:
    """Whether each of `splits` folds could be trained."""
    fewer = folds.model_copy(update={"splits": splits})
    parts = divide(table, rows, fewer, seed, 0)
    return not any(training_problems(table, training, fewer, "") for training, _ in parts)


def _most_folds(table: Table, rows: Rows, folds: Folds) -> tuple[int, str]:
    """Upper bound of the number of folds, and what it comes from."""
    limit, reason = len(rows), f"has {_rows(len(rows))}"
    if folds.method == "stratified":
        counts = np.bincount(table.targets[rows], minlength=len(table.classes))
        limit, reason = int(counts.min()), f"has {_rows(counts.min())} of class '{table.classes[counts.argmin()]}'"
    if folds.method == "group":
        assert table.groups is not None
        limit = len(np.unique(table.groups[rows]))
        reason = f"has {limit} groups"
    if folds.method == "time_series":
        limit -= 1
    if limit > MAX_ROLES // table.rows:
        limit, reason = MAX_ROLES // table.rows, f"has {table.rows} rows, too many to plan so many folds of them"
    return limit, reason


def _rows(number: int) -> str:
    return f"{number} row{'' if number == 1 else 's'}"


def _published_problems(table: Table, test: Rows) -> list[str]:
    """What stands against the test part that the data set's authors published."""
    if table.groups is None or not len(parted := np.intersect1d(table.groups[test], np.delete(table.groups, test))):
        return []
    cure = "take other groups, or no published test rows"
    return [f"folds.method: {len(parted)} groups of {table.name} are in its test part and outside of it; {cure}"]


def _cut_problems(table: Table, rows: Rows, folds: Folds, key: str, where: str) -> list[str]:
    """What stands against cutting `key`'s fraction off `rows`."""
    fraction = folds.test_fraction if key == "folds.test_fraction" else folds.validation_fraction
    units, unit = len(rows), "rows"
    if table.groups is not None:
        units, unit = len(np.unique(table.groups[rows])), "groups"
    held = ceil(fraction * units)
    if units - held < 1:
        return [f"{key}: {where} has {units} {unit}, and nothing would be left to train on, received {fraction}"]
    if held == 0 or not is_stratified(table, folds):
        return []
    counts = np.bincount(table.targets[rows], minlength=len(table.classes))
    if counts.min() < 2:
        rare = table.classes[int(counts.argmin())]
        return [
            f"{key}: {where} has {_rows(counts.min())} of class '{rare}', and both parts need one; "
            f"drop or merge the class, use folds.method=kfold, or set it to 0, received {fraction}"
        ]
    if min(held, units - held) < len(counts):
        parts = f"{units - held} and {held} rows, and both need one of each of {len(counts)} classes"
        return [f"{key}: {where} would be cut into {parts}; change it, or use folds.method=kfold, received {fraction}"]
    return []
