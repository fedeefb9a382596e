"""Table of the columns of a data set, for the terminal: type, missing values, range or levels, a small histogram."""

from collections.abc import Sequence

import numpy as np
from rich.markup import escape
from rich.table import Table

from configs.shown import shown
from datamodules.checks.columns import ColumnFacts
from reporting.tables.comparison_cells import plain_table

BLOCKS, DIGITS = " \N{LOWER ONE EIGHTH BLOCK}▂▃▄▅▆▇█", "0123456789"
MOST = 60
"""Columns that are shown; of more, the rest is counted."""
LONGEST = 24
"""Signs of a column's name, which may be a whole question, beside which its type and values have room."""


def columns_table(facts: Sequence[ColumnFacts], blocks: bool = True) -> Table:
    """A row for each column; histograms of digits, 9 for the largest count, where a terminal has no `blocks`."""
    table = plain_table("column", "type", "missing", "values", "histogram")
    for column in table.columns[1:]:
        column.justify = "left"
    table.columns[2].justify = "right"
    for one in facts[:MOST]:
        missing = f"{one.missing:,}" if one.missing else ""
        name = shown(one.name)
        name = name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..."
        cells = (name, one.kind, missing, shown(one.values), histogram(one, blocks))
        table.add_row(*map(escape, cells))
    if len(facts) > MOST:
        table.add_row(f"... and {len(facts) - MOST:,} more")
    return table


def histogram(facts: ColumnFacts, blocks: bool = True) -> str:
    """A character for each count, its height in proportion to the largest one; a count above 0 is never empty."""
    signs = BLOCKS if blocks else DIGITS
    most = facts.counts.max(initial=0)
    if not most:
        return ""
    heights = np.ceil(facts.counts / most * (len(signs) - 1)).astype(int)
    return "".join(signs[height] for height in heights)
