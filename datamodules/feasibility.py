"""Whether a table can be divided as a study asks, and what to change if not: one line per problem."""

from __future__ import annotations

from math import ceil

import numpy as np

from configs.schema import Folds
from datamodules.splits import Rows, divide, hold_out_test, is_stratified
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
        return [f"folds.method: leave_one_out of {_count(len(rows), 'row')} {reason}; use kfold"]
    if folds.splits <= limit:
        return []
    place = f"{table.name} {reason} outside the test part"
    if works := _largest(table, rows, folds, seed):
        return [f"folds.splits: {place}: {works} is the largest that works, received {folds.splits}"]
    return [_other_cuts(table, folds, seed, place)]


def training_problems(table: Table, training: Rows, folds: Folds, where: str) -> list[str]:
    """What stands against training on these rows and cutting a validation part off them."""
    if table.task != "regression" and len(np.unique(table.targets[training])) < 2:
        return [f"folds: {where} of {table.name} would train on a single class; use stratified, or fewer folds"]
    return _cut_problems(table, training, folds, "folds.validation_fraction", f"{where} of {table.name}")


def _other_cuts(table: Table, folds: Folds, seed: int, place: str) -> str:
    """What to change where no number of folds works: the first smaller cut with which one does, or all there is."""
    cuts = [key for key in ("test_fraction", "validation_fraction") if getattr(folds, key)]
    cuts = [key for key in cuts if key != "test_fraction" or table.test_rows is None]
    for names in [[one] for one in cuts] + [cuts] * (len(cuts) > 1):
        fewer = folds.model_copy(update=dict.fromkeys(names, 0.0))
        rows, _ = hold_out_test(table, fewer, seed)
        if works := _largest(table, rows, fewer, seed):
            cure = " and ".join(f"folds.{name}=0" for name in names)
            received = ", ".join(f"{getattr(folds, name):g}" for name in names)
            cause = f"{place}, too few for any folds"
            return f"folds.{names[0]}: {cause}: with {cure} up to {works} work, received {received}"
    cure = "take finer groups" if table.groups is not None else "use another folds.method, or more rows"
    return f"folds.splits: {place}: no number of folds works; {cure}, received {folds.splits}"


def _largest(table: Table, rows: Rows, folds: Folds, seed: int) -> int | None:
    """The largest number of folds that can be trained."""
    limit, _ = _most_folds(table, rows, folds)
    return next((k for k in range(limit, 1, -1) if _works(table, rows, folds, seed, k)), None)


def _works(table: Table, rows: Rows, folds: Folds, seed: int, splits: int) -> bool:
    """Whether each of `splits` folds could be trained."""
    fewer = folds.model_copy(update={"splits": splits})
    parts = divide(table, rows, fewer, seed, 0)
    return not any(training_problems(table, training, fewer, "") for training, _ in parts)


def _most_folds(table: Table, rows: Rows, folds: Folds) -> tuple[int, str]:
    """Upper bound of the number of folds, and what it comes from."""
    limit, reason = len(rows), f"has {_count(len(rows), 'row')}"
    if folds.method == "stratified":
        counts = np.bincount(table.targets[rows], minlength=len(table.classes))
        limit = int(counts.min())
        reason = f"has {_count(limit, 'row')} of class '{table.classes[counts.argmin()]}'"
    if folds.method == "group":
        assert table.groups is not None
        limit = len(np.unique(table.groups[rows]))
        reason = f"has {_count(limit, 'group')}"
    if folds.method == "time_series":
        limit -= 1
    if limit > MAX_ROLES // table.rows:
        limit, reason = MAX_ROLES // table.rows, f"has {table.rows} rows, too many to plan so many folds of them"
    return limit, reason


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _published_problems(table: Table, test: Rows) -> list[str]:
    """What stands against the test part that the data set's authors published."""
    if table.groups is None or not len(parted := np.intersect1d(table.groups[test], np.delete(table.groups, test))):
        return []
    cure = "take other groups, or no published test rows"
    parted_are = f"{_count(len(parted), 'group')} of {table.name} {'is' if len(parted) == 1 else 'are'}"
    return [f"folds.method: {parted_are} in its test part and outside of it; {cure}"]


def _cut_problems(table: Table, rows: Rows, folds: Folds, key: str, where: str) -> list[str]:
    """What stands against cutting `key`'s fraction off `rows`."""
    fraction = folds.test_fraction if key == "folds.test_fraction" else folds.validation_fraction
    units, unit = len(rows), "row"
    if table.groups is not None:
        units, unit = len(np.unique(table.groups[rows])), "group"
    held = ceil(fraction * units)
    if units - held < 1:
        cure = "lower it" if units > 1 else "set it to 0"
        has = f"{where} has {_count(units, unit)}"
        return [f"{key}: {has}, and nothing would be left to train on; {cure}, received {fraction}"]
    if held == 0 or not is_stratified(table, folds):
        return []
    counts = np.bincount(table.targets[rows], minlength=len(table.classes))
    if counts.min() < 2:
        rare = table.classes[int(counts.argmin())]
        return [
            f"{key}: {where} has {_count(counts.min(), 'row')} of class '{rare}', and both parts need one; "
            f"drop or merge the class, use folds.method=kfold, or set it to 0, received {fraction}"
        ]
    if min(held, units - held) < len(counts):
        parts = f"{units - held} and {held} rows, and both need one of each of {len(counts)} classes"
        return [f"{key}: {where} would be cut into {parts}; change it, or use folds.method=kfold, received {fraction}"]
    return []
