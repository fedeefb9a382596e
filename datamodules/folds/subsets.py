"""Nested subsets of the training rows of each fold, for a learning curve: a larger one has all rows of a smaller."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.sections.folds import Folds
from datamodules.folds.method import settled, strata
from datamodules.folds.obstacles import has_one_class
from datamodules.folds.plan import FoldPlan, Role
from datamodules.folds.random_streams import SPLIT, stream
from datamodules.folds.splits import is_stratified
from datamodules.folds.times import in_time
from datamodules.table import Table

SUBSET = 3
"""Place of the order of training rows in the stream of the splits; see `splits.TEST`."""
Rows = NDArray[np.int64]


def sized_plan(plan: FoldPlan, table: Table, folds: Folds, sizes: Sequence[float], seed: int) -> FoldPlan:
    """All members of `plan` once for each of `sizes`, shares of their training rows; the rest of these is unused.

    The number of a size is the trial of its members. Validation, scored and test rows are those of `plan`. The order in
    which a fold's subsets take its rows is drawn at `(seed, SPLIT, SUBSET, repeat, fold)`, whatever the sizes.

    Raises:
        StudyError: a subset has fewer than two rows, or rows of one class alone.
    """
    members, roles, folds = [], [], settled(folds, table)
    orders = [_order_of(plan, index, table, folds, seed) for index in range(len(plan.members))]
    for number, size in enumerate(sizes):
        for member, own, (order, ends) in zip(plan.members, plan.roles, orders, strict=True):
            kept = order[: ends[_place(ends, size * len(order))]]
            if len(kept) < 2 or has_one_class(table, kept):
                cause = f"{size:g} of the {len(order):,} training rows of fold {member.fold} of {table.name}"
                raise StudyError([f"sizes: {cause} are too few to train on; choose larger sizes"])
            members.append(member._replace(trial=number))
            roles.append(_thinned(own, order, kept))
    return FoldPlan(tuple(members), np.stack(roles))


def _order_of(plan: FoldPlan, index: int, table: Table, folds: Folds, seed: int) -> tuple[Rows, Rows]:
    """Training rows of a member in the order in which subsets take them, and where a subset may end.

    In time the latest come first: a shorter history ends where the whole one does. Groups are whole, in random order.
    Other rows are in an order of which every beginning is stratified, as the folds are, and by class in any case.
    """
    rows, member = plan.rows_of(index, Role.train), plan.members[index]
    if folds.method == "time_series":
        return in_time(table, folds, rows)[::-1], np.arange(1, len(rows) + 1)
    generator = stream(seed, SPLIT, SUBSET, member.repeat, member.fold)
    if table.groups is not None:
        _, inverse, counts = np.unique(table.groups[rows], return_inverse=True, return_counts=True)
        places = generator.permutation(len(counts))
        return rows[np.argsort(places[inverse], kind="stable")], np.cumsum(counts[np.argsort(places)])
    rows = generator.permutation(rows)
    if table.task != "regression" or is_stratified(table, folds):
        rows = rows[np.argsort(_shares(strata(table, rows, folds.splits)), kind="stable")]
    return rows, np.arange(1, len(rows) + 1)


def _shares(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of the rows with the same label that come before each row, `(rows,)`: sorted by it, labels are mixed."""
    _, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    before = np.empty(len(labels), np.int64)
    order = np.argsort(inverse, kind="stable")
    before[order] = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    return before / counts[inverse]


def _place(ends: Rows, rows: float) -> int:
    """The place of the last of `ends` up to `rows`; the first one for fewer."""
    return max(0, int(np.searchsorted(ends, rows + 1e-9, side="right")) - 1)


def _thinned(roles: NDArray[np.int8], order: Rows, kept: Rows) -> NDArray[np.int8]:
    thinned = roles.copy()
    thinned[order] = Role.unused
    thinned[kept] = Role.train
    return thinned
