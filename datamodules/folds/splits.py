"""Splits of rows into two parts and into folds, by scikit-learn's splitters with addressed random states."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from math import ceil

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneOut,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    train_test_split,
)

from configs.sections.folds import Folds
from datamodules.folds.method import strata
from datamodules.folds.random_streams import SPLIT, stream
from datamodules.folds.times import in_time
from datamodules.table import Table

Rows = NDArray[np.int64]
TEST, FOLD, VALIDATION = range(3)


def is_stratified(table: Table, folds: Folds) -> bool:
    """Whether the split is stratified: by class, or by quantiles of a regression's target."""
    return folds.method == "stratified" or (folds.method == "split" and table.task != "regression")


def hold_out_test(table: Table, folds: Folds, seed: int) -> tuple[Rows, Rows]:
    """The rows of the study and its test rows, both ascending; a published test set overrides `test_fraction`."""
    rows = np.arange(table.rows)
    if table.test_rows is not None:
        return np.setdiff1d(rows, table.test_rows), np.sort(table.test_rows)
    return _hold_out(table, rows, folds.test_fraction, folds, _random_state(seed, TEST))


def hold_out_validation(
    table: Table, training: Rows, folds: Folds, seed: int, repeat: int, fold: int
) -> tuple[Rows, Rows]:
    """Training and validation rows of a fold, from its `training` rows, both ascending."""
    return _hold_out(table, training, folds.validation_fraction, folds, _random_state(seed, VALIDATION, repeat, fold))


def divide(table: Table, rows: Rows, folds: Folds, seed: int, repeat: int) -> Iterator[tuple[Rows, Rows]]:
    """Training and scored rows of each fold. `split` is one fold without scored rows."""
    if folds.method == "split":
        yield rows, rows[:0]
        return
    random_state = _random_state(seed, FOLD, repeat)
    splitter = {
        "stratified": lambda: StratifiedKFold(folds.splits, shuffle=True, random_state=random_state),
        "kfold": lambda: KFold(folds.splits, shuffle=True, random_state=random_state),
        "leave_one_out": lambda: LeaveOneOut(),
        "group": lambda: GroupKFold(folds.splits),
        "stratified_group": lambda: StratifiedGroupKFold(folds.splits, shuffle=True, random_state=random_state),
        "time_series": lambda: TimeSeriesSplit(folds.splits, gap=folds.gap),
    }[folds.method]()
    rows = in_time(table, folds, rows)
    groups = None if table.groups is None else table.groups[rows]
    with warnings.catch_warnings():
        # scikit-learn warns of a class with fewer rows than folds, which `group` has as well, and where it is no fault.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        parts = list(splitter.split(rows, strata(table, rows, folds.splits), groups))
    for training, scored in parts:
        yield rows[training], rows[scored]


def _hold_out(table: Table, rows: Rows, fraction: float, folds: Folds, random_state: int) -> tuple[Rows, Rows]:
    """Split off `ceil(fraction * rows)` rows (of groups: groups): by class, by group, the last ones, or at random.

    By group and class it is about that share of the rows: one of round(1 / fraction) folds. In time, `folds.gap` rows
    between both parts are in neither.
    """
    if fraction == 0:
        return rows, rows[:0]
    held_rows = ceil(fraction * len(rows))
    if folds.method == "time_series":
        rows, kept = in_time(table, folds, rows), len(rows) - held_rows
        return np.sort(rows[: max(0, kept - folds.gap)]), np.sort(rows[kept:])
    if table.groups is not None:
        return _hold_out_groups(table, rows, fraction, folds, random_state)
    by = strata(table, rows, folds.splits, held_rows) if is_stratified(table, folds) else None
    _, held = train_test_split(rows, test_size=fraction, random_state=random_state, stratify=by)
    is_held = np.zeros(table.rows, np.bool_)
    is_held[held] = True
    return rows[~is_held[rows]], rows[is_held[rows]]  # `rows` ascend: twenty times as fast as to sort both parts


def _hold_out_groups(table: Table, rows: Rows, fraction: float, folds: Folds, random_state: int) -> tuple[Rows, Rows]:
    assert table.groups is not None
    groups = table.groups[rows]
    parts = min(max(2, round(1 / fraction)), len(np.unique(groups)))
    if folds.method == "stratified_group":  # scikit-learn wants as many rows of some class
        parts = min(parts, int(np.bincount(table.targets[rows]).max()))
    if folds.method == "stratified_group" and parts >= 2:
        stratified = StratifiedGroupKFold(parts, shuffle=True, random_state=random_state)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The least populated class", UserWarning)
            kept, held = next(stratified.split(rows, table.targets[rows], groups))
    else:
        splitter = GroupShuffleSplit(1, test_size=fraction, random_state=random_state)
        kept, held = next(splitter.split(rows, groups=groups))
    return rows[np.sort(kept)], rows[np.sort(held)]


def _random_state(seed: int, *place: int) -> int:
    """Seed of a splitter at `(seed, SPLIT, *place)`."""
    return int(stream(seed, SPLIT, *place).integers(2**32))
