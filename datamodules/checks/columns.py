"""Facts of the columns of a table: type, missing values, range or levels, and the counts of a small histogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datamodules.schema import Column
from datamodules.table import Table

BINS = 10
"""Bins of a histogram; of a column of categories at most so many levels, the most frequent first."""
LONGEST = 24
"""Signs of a level that are shown."""


@dataclass(frozen=True, eq=False)
class ColumnFacts:
    """What a column of a file holds.

    Attributes:
        name: of the column, or of a column that is left out.
        kind: its type, or `left out`.
        missing: number of missing values; of a column that is left out, 0.
        values: range or levels in words, or why it is left out.
        counts: rows in each of `BINS` equal intervals from the smallest to the largest value, or of each level; empty
            for a column that is left out, or has no finite value.
    """

    name: str
    kind: str
    missing: int
    values: str
    counts: NDArray[np.int64]


def count_columns(table: Table) -> int:
    """Columns of the file, those that are left out, too; of a bundled table without a file, features."""
    return len(table.sources or table.schema)


def column_facts(table: Table, most: int | None = None) -> list[ColumnFacts]:
    """Facts of each column of the file, in its order; of a bundled table without a file, of each feature.

    Of a wide table, of the first `most` columns.
    """
    if not table.sources:
        return [_facts(table, place, column, "") for place, column in enumerate(table.schema[:most])]
    first: dict[str, int] = {}
    for place, column in enumerate(table.schema):
        if column.source not in first or column.counts_days:
            first[column.source] = place
    facts = []
    for source in table.sources[:most]:
        if source.name in first:
            facts.append(_facts(table, first[source.name], table.schema[first[source.name]], source.remark))
        else:
            reason = f"{source.kind}: {source.remark}".removeprefix("other: ").removesuffix(": ")
            facts.append(ColumnFacts(source.name, "left out", 0, reason, np.empty(0, np.int64)))
    return facts


def _facts(table: Table, place: int, column: Column, remark: str) -> ColumnFacts:
    values = table.features[:, place].astype(np.float64)
    known = values[np.isfinite(values)]
    missing = int(np.isnan(values).sum())
    if column.kind == "categorical":
        counts = np.bincount(known.astype(np.int64), minlength=len(column.levels))
        order = np.argsort(-counts, kind="stable")[:BINS] if not column.ordered else np.arange(len(counts))[:BINS]
        told = ", ".join(f"{column.levels[level][:LONGEST]} {counts[level]:,}" for level in order[:3])
        more = f", ... ({len(counts):,} levels)" if len(counts) > 3 else ""
        return ColumnFacts(column.source, column.kind, missing, told + more, counts[order])
    counts = np.histogram(known, BINS)[0] if len(known) else np.empty(0, np.int64)
    told = remark if column.kind in ("date", "boolean") and remark else _range(known)
    return ColumnFacts(column.source, column.kind, missing, told, counts)


def _range(known: NDArray[np.float64]) -> str:
    if not len(known):
        return "no finite value"
    return f"{known.min():.5g} to {known.max():.5g}"
