"""Rows of a file that are no rows: a second line of a header, and a sum at the end."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from configs.errors import StudyError
from configs.sections.data import Data
from configs.shown import shown
from datamodules.reading.columns.numerals import parse_numbers
from datamodules.reading.columns.words import is_text, known_words

SAMPLED = 200
FEWEST = 2
"""Columns of numbers in which the first row holds a word, from which that row is taken for a line of units."""
SUMS = ("total", "totals", "grand total", "sum", "summe", "gesamt", "insgesamt", "somme", "suma", "average", "mean")


def check_units(frame: pl.DataFrame, data: Data, marks: Mapping[str, str]) -> None:
    """Refuse a first row of words above columns of numbers, as the units of a second header line are.

    `marks` are the decimal marks of text columns. Raises StudyError.
    """
    words: list[str] = []
    for column in frame.head(SAMPLED):
        if not is_text(column) or column.name in data.columns:
            continue
        known = known_words(column, data.missing)
        below = parse_numbers(known[1:], marks.get(column.name, "."))
        if below.wrong.any() or not below.values.count() or known[0] is None:
            continue
        if not parse_numbers(known[:1], marks.get(column.name, ".")).wrong[0]:
            return
        words.append(f"'{shown(known[0])}'")
    if len(words) >= FEWEST:
        place = f"{data.source}: row 1 holds words ({', '.join(words[:3])}) in {len(words)} columns of numbers"
        raise StudyError([f"{place}, as a second line of a header; remove that line"])


def sum_note(frame: pl.DataFrame) -> list[str]:
    """That the last row begins with a word such as Total, which no other row does."""
    column = next((column for column in frame if is_text(column)), None)
    if column is None or frame.columns[0] != column.name or not (last := column[-1]):
        return []
    word = last.strip().rstrip(":").casefold()
    if word not in SUMS or (column.drop_nulls().str.strip_chars() == last.strip()).sum() > 1:
        return []
    return [f"row {frame.height:,}, the last one, begins with '{last.strip()}': remove it, if it sums up the others"]
