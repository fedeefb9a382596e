"""Cells of the comparison tables: candidate letters, number formats, column widths."""

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import Any

from rich import box
from rich.table import Table

from evaluation.comparing.comparison import UNDEFINED
from evaluation.decimals import HUGE, percentage

Comparison = Mapping[str, Any]

DECIMALS, GAP = 4, 2
"""Decimals of a share; and characters between two columns."""


def letter(place: int) -> str:
    """A to Z, then A1 to Z1, and so on."""
    return ascii_uppercase[place % 26] + str(place // 26 or "")


def letters_of(compared: Comparison) -> dict[str, str]:
    """Name of each candidate -> its letter."""
    return {candidate["name"]: letter(place) for place, candidate in enumerate(compared["candidates"])}


def pairs_of(compared: Comparison) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """The comparisons of each pair, one for each metric."""
    pairs: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for test in compared["comparisons"]:
        pairs.setdefault((test["a"], test["b"]), []).append(test)
    return pairs


def number(value: float | None, sign: str = "", small: bool = False) -> str:
    """`value` with four decimals, and fewer for a large number, as of an error in the target's units; no -0.

    A huge number is written as a power of ten, and so are `small` ones, which would be zeros.
    """
    if value is None:
        return UNDEFINED
    if abs(value) >= HUGE or small:
        return f"{value:{sign}.3e}"
    decimals = DECIMALS if abs(value) < 10 else 2 if abs(value) < 1000 else 0
    return f"{round(value, decimals) + 0.0:{sign}.{decimals}f}"


def chance(value: float) -> str:
    """A probability in whole per cent; below 1 never rounded to 100 %, above 0 never to 0 %."""
    bound = "<1 %" if 0 < value < 0.005 else ">99 %" if 0.995 <= value < 1 else ""
    return bound or percentage(value, 0)


def p_value(value: float) -> str:
    """A p value with three decimals."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def fitting(first: Sequence[str], widths: Sequence[int], width: int) -> Iterator[list[int]]:
    """Places of columns that fit into `width` characters beside a `first` one, chunk by chunk."""
    chunk: list[int] = []
    room = free = width - max(map(len, first)) - GAP
    for place, own in enumerate(widths):
        if chunk and own + GAP > free:
            yield chunk
            chunk, free = [], room
        chunk.append(place)
        free -= own + GAP
    yield chunk


def plain_table(first: str, *columns: str) -> Table:
    """An empty table with a rule below its head; numbers are right-aligned."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    return table
