"""The method that `folds.method: auto` stands for: what fits the table, reported in one line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from configs.sections.folds import Folds
from datamodules.table import Table

DUPLICATES = "duplicates"
"""Value of `folds.group` that is no column: rows with equal inputs are a group."""
MOST_STRATA = 10


def settled(folds: Folds, table: Table) -> Folds:
    """`folds` with the method that `auto` stands for; any other method is kept.

    Groups are kept together, stratified by class if there are classes; without groups rows are stratified, those of a
    regression by quantiles of the target.
    """
    if folds.method != "auto":
        return folds
    grouped = "group" if table.task == "regression" else "stratified_group"
    return folds.model_copy(update={"method": "stratified" if table.groups is None else grouped})


def describe_method(folds: Folds, table: Table) -> str:
    """`folds: stratified by class (folds.method: auto)`: what `auto` stands for, and why; "" for any other method."""
    if folds.method != "auto":
        return ""
    method = settled(folds, table).method
    by = "class" if table.task != "regression" else "quantiles of the target"
    kinds = {
        "group": "by group, whose rows stay together",
        "stratified_group": "by group, whose rows stay together, and stratified by class",
    }
    published = "; the test rows are those that the data set's authors published" * (table.test_rows is not None)
    return f"folds: {kinds.get(method, f'stratified by {by}')}{published} (folds.method: auto is {method} here)"


def strata(table: Table, rows: NDArray[np.int64], splits: int, held: int | None = None) -> NDArray[np.int64]:
    """What the split of `rows` is stratified by, `(rows,)`: the class, or the quantile of the target in a regression.

    There are at most ten quantiles, and so many rows in each that every one of `splits` folds, or both parts of a cut
    that holds out `held` rows, gets one. Equal targets may be of two neighbouring quantiles.
    """
    if table.task != "regression":
        return table.targets[rows].astype(np.int64)
    most = len(rows) // max(2, splits) if held is None else min(held, len(rows) - held, len(rows) // 2)
    count = max(1, min(MOST_STRATA, most))
    ranks = np.empty(len(rows), np.int64)
    ranks[np.argsort(table.targets[rows], kind="stable")] = np.arange(len(rows))
    return ranks * count // max(1, len(rows))


def duplicate_groups(table: Table) -> NDArray[np.int32]:
    """One index for each distinct row of inputs, int32 `(rows,)`; a missing value equals a missing value."""
    import polars as pl  # only who groups rows like this waits for it

    frame = pl.DataFrame(table.features, schema=[str(index) for index in range(table.num_columns)])
    distinct = frame.select(pl.struct(pl.all().fill_nan(None)).rank("dense").alias("group"))
    return (distinct.to_series().to_numpy().astype(np.int64) - 1).astype(np.int32)
