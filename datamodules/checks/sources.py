"""Detected types of a file's columns: a short table for the start of a training and for `--dry-run`."""

from __future__ import annotations

from collections.abc import Sequence

from configs.shown import shown
from datamodules.schema import Source
from datamodules.table import Table

SHOWN_COLUMNS = 30
CURE = "another type: data.columns='{NAME: numeric}' (or boolean, categorical, date); leave out: data.drop=NAME"


def describe_sources(table: Table) -> list[str]:
    """A line for each column of the file that is no plain number, and how to change it; none if all are numbers."""
    told = [source for source in table.sources if source.kind != "numeric"]
    if not told:
        return []
    plain = len(table.sources) - len(told)
    more = [f"... and {len(told) - SHOWN_COLUMNS:,} more like these"] if len(told) > SHOWN_COLUMNS else []
    numbers = [f"{plain:,} other column{'s' * (plain > 1)} of numbers"] if plain else []
    head = f"columns of {table.name}: {', '.join(numbers) or 'none of plain numbers'}"
    rows = _aligned([_cells(source) for source in told[:SHOWN_COLUMNS]])
    return [shown(line) for line in [head, *(f"  {row}" for row in [*rows, *more]), f"  {CURE}"]]


def _cells(source: Source) -> list[str]:
    missing = f"; {source.missing:,} missing" if source.missing and source.is_used else ""
    kind = source.kind if source.is_used else "left out"
    reason = "" if source.is_used or source.kind == "other" else f"{source.kind}: "
    return [source.name, kind, f"{reason}{source.remark}{missing}".removeprefix("; ")]


def _aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [min(max(map(len, column)), 40) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return [line.rstrip() for line in lines]
