"""Hints about related rows that the folds separate: duplicates, rows of one identifier, rows in time.

No score is computed for them: each names a column and a count.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.shown import shown
from datamodules.folds.method import DUPLICATES, duplicate_groups
from datamodules.folds.plan import FoldPlan, Role
from datamodules.reading.names import override
from datamodules.table import Table

PERSON = "patient|subject|person|participant|individual|user|customer|animal|household|site"
IDENTIFIER = re.compile(rf"(^|[ _.-])[a-z]?(id|uid|pid)($|[ _.-])|^({PERSON})s?$|[a-z]I[dD]$", re.ASCII)
"""Names of columns that say whose a row is: `id`, `pid`, `patient_id`, `Individual ID`, `subject`."""
MOST_ROWS = 1_000_000
"""Largest table whose rows are compared with each other."""
CACHED_ROWS = 2048


def fold_hints(table: Table, plan: FoldPlan) -> list[str]:
    """A line for each kind of rows that these folds part, with the settings that keep them together."""
    if table.groups is not None:
        return []
    lines = [*_duplicates(table, plan), *_identifiers(table, plan), *_dates(table, plan)]
    return [shown(f"hint: {table.name}: {line}") for line in lines]


def parted_rows(groups: NDArray[np.integer], plan: FoldPlan) -> int:
    """Number of rows that some member trains on while another row of their group is validated, scored or test."""
    parted = np.zeros(int(groups.max(initial=-1)) + 1, np.bool_)
    for roles in plan.roles:
        seen, held = np.zeros_like(parted), np.zeros_like(parted)
        seen[groups[roles == Role.train]] = True
        held[groups[roles > Role.train]] = True
        parted |= seen & held
    return int(parted[groups].sum())


def _duplicates(table: Table, plan: FoldPlan) -> list[str]:
    rows = _repeated_rows(table) if table.rows <= MOST_ROWS else np.empty(0, np.int64)
    repeated = replace(table, features=table.features[rows], targets=table.targets[rows], groups=None, weights=None)
    roles = FoldPlan(plan.members, plan.roles[:, rows])
    if not len(rows) or not (count := parted_rows(duplicate_groups(repeated), roles)):
        return []
    cause = f"{count:,} rows have the same inputs as a row on the other side of a fold, which a network can memorise"
    return [f"{cause}; folds.method=auto folds.group={DUPLICATES} keeps equal rows together"]


def _repeated_rows(table: Table) -> NDArray[np.int64]:
    """Rows whose inputs have the hash of another row's: hardly any others than equal ones."""
    factors = np.random.default_rng(0).integers(2**64, size=table.num_columns, dtype=np.uint64) | np.uint64(1)
    hashes = np.empty(table.rows, np.uint64)
    for start in range(0, table.rows, CACHED_ROWS):
        rows = table.features[start : start + CACHED_ROWS] + np.float32(0)  # of -0.0, too
        rows[np.isnan(rows)] = np.nan
        hashes[start : start + CACHED_ROWS] = (rows.view(np.uint32) * factors).sum(axis=1)
    return np.flatnonzero(pl.Series(hashes).is_duplicated().to_numpy())


def _identifiers(table: Table, plan: FoldPlan) -> list[str]:
    """Identifiers that repeat: of those among the features only if the folds part their rows."""
    found = []
    for index, column in enumerate(table.schema):
        name, values = column.source, table.features[:, index]
        if not (IDENTIFIER.search(name) or IDENTIFIER.search(name.lower())) or not np.array_equal(
            values, np.rint(values)
        ):
            continue
        distinct, groups = np.unique(values, return_inverse=True)
        if 1 < len(distinct) < table.rows and parted_rows(groups, plan):
            found.append(_identifier(name, len(distinct), table.rows))
    left = (one for one in table.sources if one.distinct)
    return [*found, *(_identifier(one.name, one.distinct, table.rows) for one in left)]


def _identifier(name: str, distinct: int, rows: int) -> str:
    cause = f"column '{name}' has {distinct:,} distinct values in {rows:,} rows, as an identifier that repeats"
    cure = f"folds.method=auto {override('folds.group', name)} keeps its rows together, and it is no input then"
    return f"{cause}; {cure}"


def _dates(table: Table, plan: FoldPlan) -> list[str]:
    days = {one.source: place for place, one in enumerate(table.schema) if one.counts_days}
    if not days:
        return []
    name, place = next(iter(days.items()))
    times = table.features[:, place]
    if _is_in_time(times, plan):
        return []
    cause = f"column '{name}' has {np.isfinite(times).sum():,} dates, and the folds mix earlier and later rows"
    cure = f"folds.method=time_series {override('folds.time', name)}"
    if missing := int(np.isnan(times).sum()):
        cure += f", without the {missing:,} row{'s' * (missing > 1)} that have no date"
    return [f"{cause}; to score rows that are later than the training rows: {cure}"]


def _is_in_time(times: NDArray[np.float32], plan: FoldPlan) -> bool:
    """Whether no row that is trained on is later than a row that is scored, in each fold."""
    parts = ((times[roles == Role.train], times[roles == Role.scored]) for roles in plan.roles)
    ends = (
        (len(scored), np.fmax.reduce(train, initial=-np.inf), np.fmin.reduce(scored, initial=np.inf))
        for train, scored in parts
        if len(train)
    )
    return all(count and last <= first for count, last, first in ends)
