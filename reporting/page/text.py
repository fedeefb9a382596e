"""Markdown report: the blocks of a page as text."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from configs.shown import shown
from reporting.page.blocks import Block, Cell, Code, Drawings, Facts, Grid, Headline, Interval, Row, Section, Status

NEWLINE, MEANING = "\n", "\\|*_<`"


def markdown(title: str, summary: str, sections: Sequence[Section], tables: Mapping[str, str]) -> str:
    """A heading for every section, and its blocks; for sections in `tables`, that text instead."""
    parts = [f"# {title}", f"{_plain(summary)} The figures are in report.html."]
    for section in sections:
        told = [tables[section.name].strip()] if section.name in tables else [_block(block) for block in section.blocks]
        parts += [f"## {section.title}", *told] if any(told) else []
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block) -> str:
    return WRITTEN[block.kind](block)


def _code(block: Code) -> str:
    longest = max(map(len, re.findall("`+", block.text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{block.title}:\n\n{fence}text\n{shown(block.text, but=NEWLINE)}\n{fence}"


def _status(block: Status) -> str:
    items = [item for items in block.levels.values() for item in items]
    return "\n".join(
        f"* **{item.level}** {_plain('; try: '.join(filter(None, [item.text, item.cure])))}" for item in items
    )


def _facts(block: Facts) -> str:
    """A single line follows its term; several become a list below it."""
    told = []
    for term, lines in block.items:
        told.append(f"* **{_plain(term)}**" + (f" {_plain(lines[0])}" if len(lines) == 1 else ""))
        told += [f"  * {_plain(line)}" for line in lines if len(lines) > 1]
    return "\n".join(told)


def _drawings(block: Drawings) -> str:
    return ""


def _row(block: Row) -> str:
    return "\n\n".join(filter(None, [*map(_block, block.blocks), _plain(block.note)]))


def _grid(block: Grid) -> str:
    above = [f", {name}" for name, width in block.groups for _ in range(width)] or [""] * (len(block.columns) - 1)
    head = [column + group for column, group in zip(block.columns, ["", *above], strict=True)]
    rows = [head, *([_cell(cell) for cell in row] for row in block.rows)]
    return "\n\n".join(filter(None, [f"**{_plain(block.caption)}**", _table(rows), _plain(block.note)]))


def _cell(cell: Cell) -> str:
    return f"{cell.text} ({cell.small})" if cell.small else cell.text


def _headline(block: Headline) -> str:
    head = ["", *(one.framework for one in block.rows[0].intervals), "baseline"]
    rows = [[row.metric, *map(_interval, row.intervals), row.baseline] for row in block.rows]
    return "\n\n".join([f"**{_plain(block.caption)}**", _table([head, *rows]), _plain(block.note)])


def _interval(one: Interval) -> str:
    return "; ".join(filter(None, [f"{one.value} [{one.span}]" if one.span else one.value, one.mean]))


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(map(_plain, row))} |" for row in rows]
    return "\n".join([lines[0], f"| --- |{' ---: |' * (len(rows[0]) - 1)}", *lines[1:]])


def _plain(text: str) -> str:
    """`text` on one line, with markdown characters such as `|`, `*` and `_` escaped."""
    return "".join(f"\\{sign}" if sign in MEANING else sign for sign in shown(text)).replace("](", "]\\(")


WRITTEN: dict[str, Callable[[Any], str]] = {
    "code": _code, "status": _status, "facts": _facts, "drawings": _drawings, "row": _row, "grid": _grid,
    "headline": _headline,
}  # fmt: skip
