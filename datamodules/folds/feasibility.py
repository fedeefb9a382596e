"""Feasibility of a study's split of a table: one line per problem, with its cure."""

from __future__ import annotations

from itertools import islice

import numpy as np

from configs.sections.folds import Folds
from datamodules.folds.cures import fewer_folds, other_fractions, smaller_studies, working
from datamodules.folds.obstacles import counted, cut_obstacle, has_one_class, method_obstacle, most_folds, trains
from datamodules.folds.splits import Rows, hold_out_test
from datamodules.table import Table


def test_problems(table: Table, folds: Folds, seed: int) -> list[str]:
    """Problems of the method, and of the split of the held-out test set."""
    if obstacle := method_obstacle(table, folds):
        return [f"folds.{'method' if folds.time is None else 'time'}: {obstacle}"]
    if table.test_rows is not None:
        return _published_problems(table, table.test_rows)
    return _cut_problems(table, np.arange(table.rows), folds, "test_fraction", table.name, seed)


def fold_problems(table: Table, rows: Rows, folds: Folds, seed: int) -> list[str]:
    """Problems of splitting `rows`, those that are not test rows, into folds."""
    if folds.method == "split":
        return []
    limit, reason = most_folds(table, rows, folds)
    if folds.method == "leave_one_out":
        if limit == len(rows) >= 2:
            return []
        return [f"folds.method: leave_one_out of {counted(len(rows), 'row')} {reason}; use kfold"]
    if folds.splits <= limit:
        return []
    place = f"{table.name} {reason} outside the held-out test set"
    if works := _largest(table, rows, folds, seed):
        return [f"folds.splits: {place}: {works} is the largest that works, received {folds.splits}"]
    return [_other_cuts(table, folds, seed, place)]


def one_class_problems(table: Table, training: Rows, folds: Folds, where: str, seed: int) -> list[str]:
    """Problem of training rows that are all of one class."""
    if not has_one_class(table, training):
        return []
    ways = list(islice(working(table, folds, seed, [{"method": "stratified"}, *fewer_folds(folds)]), 2))
    cure = f"use {' or '.join(ways)}" if ways else "merge classes, or add rows of the rare ones"
    return [f"folds: {where} of {table.name} would train on a single class; {cure}"]


def training_problems(table: Table, training: Rows, folds: Folds, where: str, seed: int) -> list[str]:
    """Problems of training on these rows and of splitting a validation part off them."""
    if problems := one_class_problems(table, training, folds, where, seed):
        return problems
    return _cut_problems(table, training, folds, "validation_fraction", f"{where} of {table.name}", seed)


def _other_cuts(table: Table, folds: Folds, seed: int, place: str) -> str:
    """Cure where no number of folds works: the first smaller fraction with which one does, or all changes that work."""
    cuts = [key for key in ("test_fraction", "validation_fraction") if getattr(folds, key)]
    cuts = [key for key in cuts if key != "test_fraction" or table.test_rows is None]
    for names in [[one] for one in cuts] + [cuts] * (len(cuts) > 1):
        fewer = folds.model_copy(update=dict.fromkeys(names, 0.0))
        rows, _ = hold_out_test(table, fewer, seed)
        if works := _largest(table, rows, fewer, seed):
            cure = " and ".join(f"folds.{name}=0" for name in names)
            received = ", ".join(f"{getattr(folds, name):g}" for name in names)
            cause = f"{place}, too few for any folds"
            stop = " (and training.early_stopping=null)" if "validation_fraction" in names else ""
            return f"folds.{names[0]}: {cause}: with {cure} up to {works} work{stop}, received {received}"
    cure = "take finer groups" if table.groups is not None else "use another folds.method, or more rows"
    return f"folds.splits: {place}: no number of folds works; {cure}, received {folds.splits}"


def _largest(table: Table, rows: Rows, folds: Folds, seed: int) -> int | None:
    """The largest number of folds that can be trained."""
    limit, _ = most_folds(table, rows, folds)
    fewer = ((k, folds.model_copy(update={"splits": k})) for k in range(limit, 1, -1))
    return next((k for k, one in fewer if trains(table, rows, one, seed)), None)


def _published_problems(table: Table, test: Rows) -> list[str]:
    """Problems of the test set that the data set's authors published."""
    if table.groups is None or not len(parted := np.intersect1d(table.groups[test], np.delete(table.groups, test))):
        return []
    cure = "take other groups, or no published test rows"
    parted_are = f"{counted(len(parted), 'group')} of {table.name} {'is' if len(parted) == 1 else 'are'}"
    return [f"folds.method: {parted_are} in its held-out test set and outside of it; {cure}"]


def _cut_problems(table: Table, rows: Rows, folds: Folds, name: str, where: str, seed: int) -> list[str]:
    """Problems of splitting the fraction `name` off `rows`, and the changes that work."""
    if not (cause := cut_obstacle(table, rows, folds, name)):
        return []
    received = getattr(folds, name)
    ways = list(working(table, folds, seed, [{"method": "kfold"}]))
    ways += islice(working(table, folds, seed, other_fractions(folds, name)), 1)
    ways = ways or list(islice(working(table, folds, seed, smaller_studies(folds, name)), 1))
    rare = ["drop or merge the class"] * ("of class" in cause)
    cure = " or ".join([*rare, *(f"set {way}" for way in ways)]) or "take more rows, or finer groups"
    return [f"folds.{name}: {where} {cause}; {cure}, received {received}"]
