"""The table on the page: its columns with types, missing values, ranges and small histograms, and hints about it."""

from reporting.page.blocks import Block, Cell, Facts, Grid
from reporting.page.numbers import count
from reporting.page.sections.record import Record
from reporting.tables.columns_table import histogram

HEADS = ("type", "missing", "values", "histogram")
LEFT_OUT = "left out"


def data_blocks(record: Record) -> list[Block]:
    """Hints, and a row for each column; nothing of a run of version 0.1 without hints."""
    blocks: list[Block] = [Facts([("Hints", record.hints)])] if record.hints else []
    if not record.columns:
        return blocks
    rows = []
    for one in record.columns:
        missing = f"{one.missing:,}" if one.missing else ""
        rows.append([Cell(one.name), Cell(one.kind), Cell(missing), Cell(one.values), Cell(histogram(one))])
    left, more = sum(one.kind == LEFT_OUT for one in record.columns), record.column_count - len(record.columns)
    told = [f"{count(left, 'column')} left out." if left else "", f"And {count(more, 'column')} more." if more else ""]
    note = "Histograms: ten equal intervals of a range, or the most frequent levels."
    return [*blocks, Grid("Columns", ["", *HEADS], rows, " ".join(filter(None, [*told, note])), folded=True)]
