"""Text that holds numbers: decimal marks, thousands separators, percent signs, and numbers that are too long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

GROUPS = r"[1-9]\d{0,2}"
SPACES = r"[ \x{a0}\x{202f}'\x{2019}]"
TAIL = r"(?:[eE][+-]?\d+)?\s*%?$"
INT64 = 2.0**63
SAMPLED = 1000
LONG = r"^[+-]?\d{19,}$"


class Pattern(NamedTuple):
    """Numbers with one decimal mark: without and with thousands separators, and those that can have no other mark."""

    plain: str
    grouped: str
    sure: str


def _pattern(mark: str, other: str) -> Pattern:
    return Pattern(
        plain=rf"^[+-]?(?:\d+{mark}?\d*|{mark}\d+){TAIL}",
        grouped=rf"^[+-]?(?:{GROUPS}(?:{other}\d{{3}})+|{GROUPS}(?:{SPACES}\d{{3}})+)(?:{mark}\d*)?{TAIL}",
        # 1,234 may be either; 0,123 and 1,5 and 12345,678 and 1.234,5 are decimal; 1,234,567 is not.
        sure=rf"^[+-]?(?:\d*{mark}\d{{1,2}}|\d*{mark}\d{{4,}}|0*{mark}\d*|\d{{4,}}{mark}\d*"
        rf"|{GROUPS}(?:{other}\d{{3}})+{mark}\d*|{GROUPS}(?:{other}\d{{3}}){{2,}}){TAIL}",
    )


PATTERNS = {".": _pattern(r"\.", ","), ",": _pattern(",", r"\.")}


class Numbers(NamedTuple):
    """Result of parsing a column.

    Attributes:
        values: float64; null for a missing value, and for one that is no number.
        wrong: whether a value is there and is no number.
        remarks: how the numbers were written: the decimal comma, thousands separators, percent signs.
        percents: whether a value had a percent sign; it is then a hundredth of what was written.
    """

    values: pl.Series
    wrong: pl.Series
    remarks: tuple[str, ...] = ()
    percents: pl.Series | None = None


def parse_numbers(text: pl.Series, mark: str = ".") -> Numbers:
    """Numbers of stripped text with that decimal mark: `1234.5`, `1,234.5`, `1 234.5`, `12%` (0.12), `1e-3`, `inf`."""
    values = text.cast(pl.Float64, strict=False)
    rest = text.is_not_null() & values.is_null()
    if mark == ",":
        rest |= text.str.contains(".", literal=True)
    if not rest.any():
        return Numbers(values, rest)
    places = rest.arg_true()
    everywhere = text.gather(places)
    written = everywhere.unique(maintain_order=True)  # of words, a few
    pattern = PATTERNS[mark]
    plain, grouped = written.str.contains(pattern.plain), written.str.contains(pattern.grouped)
    percent = written.str.ends_with("%")
    separators = r"[,\s'\x{2019}%]" if mark == "." else r"[.\s'\x{2019}%]"
    cleaned = written.set(~(plain | grouped), None).str.replace_all(separators, "").str.replace(",", ".", literal=True)
    parsed = cleaned.cast(pl.Float64, strict=False)
    parsed = parsed.zip_with(~(percent.fill_null(False)), parsed / 100)
    frame = pl.DataFrame({"written": written, "parsed": parsed, "percent": percent})
    found = pl.DataFrame({"written": everywhere}).join(frame, "written", "left", maintain_order="left")
    values = values.scatter(places, found["parsed"])
    return Numbers(
        values,
        text.is_not_null() & values.is_null(),
        _remarks(written, pattern, mark),
        pl.Series([False]).new_from_index(0, len(text)).scatter(places, found["percent"]) if percent.any() else None,
    )


def plain_numbers(column: pl.Series, missing: Sequence[str], mark: str) -> Numbers | None:
    """Numbers of a text column as it stands, if all are plainly written and no missing word is one; else None.

    What `parse_numbers` gives of its stripped words, in a third of the time.
    """
    words = pl.Series(missing, dtype=pl.String).cast(pl.Float64, strict=False)
    values = column.cast(pl.Float64, strict=False)
    if mark != "." or words.is_finite().any() or values.null_count() > column.null_count():
        return None
    return Numbers(values.fill_nan(None), pl.Series([False]).new_from_index(0, len(column)))


def _remarks(written: pl.Series, pattern: Pattern, mark: str) -> tuple[str, ...]:
    remarks = []
    decimal = written.filter(written.str.contains(pattern.plain) & written.str.contains(mark, literal=True))
    if mark == "," and len(decimal):
        remarks.append(f"decimal comma, as in {decimal[0]}")
    grouped = written.filter(written.str.contains(pattern.grouped) & ~written.str.contains(pattern.plain))
    if len(grouped):
        remarks.append(f"thousands separators, as in {grouped[0]}")
    percent = written.filter(written.str.ends_with("%"))
    if len(percent):
        remarks.append(f"percent signs, {percent[0]} is a hundredth")
    return tuple(remarks)


def decimal_marks(
    columns: Sequence[pl.Series], delimiter: str | None, asked: str, has_commas: bool = True
) -> dict[str, str]:
    """Decimal mark of each column of raw text: `asked` if it is a mark, else by numbers that can have no other.

    A column without such numbers has the mark of the others if they agree. If none tells, `1,234` is a decimal number
    unless the comma delimits, and `1.234` always is. `has_commas` says whether any field may hold one.
    """
    if asked != "auto":
        return {column.name: asked for column in columns}
    if not any(_needs_a_look(column.cast(pl.String), has_commas) for column in columns):
        return {column.name: "." for column in columns}
    columns = [column.cast(pl.String).str.strip_chars() for column in columns]
    found = {column.name: _evidence(column) for column in columns}
    agreed = {mark for mark in found.values() if mark}
    of_the_file = agreed.pop() if len(agreed) == 1 else None
    marks = {}
    for column in columns:
        dotted = column.str.contains(".", literal=True).any()
        likely = "," if delimiter not in (",", None) and not dotted else "."
        marks[column.name] = found[column.name] or of_the_file or likely
    return marks


def _needs_a_look(column: pl.Series, has_commas: bool) -> bool:
    """Whether a number may have another mark than the point: a comma anywhere, or two points among the first rows."""
    points = column.head(SAMPLED).str.contains(PATTERNS[","].sure).any()
    return bool(points or (has_commas and column.str.contains(",", literal=True).any()))


def _evidence(column: pl.Series) -> str | None:
    """The decimal mark that most of a column's unambiguous numbers have; None without one."""
    counts = {mark: int(column.str.contains(pattern.sure).sum()) for mark, pattern in PATTERNS.items()}
    if counts["."] == counts[","]:
        return None
    return max(counts, key=lambda mark: counts[mark])


def too_long(text: pl.Series, values: pl.Series) -> pl.Series:
    """Whether a value is a whole number beyond int64, which is most likely an identifier or a slip."""
    suspects = (values.abs() >= INT64).fill_null(False)
    return suspects & text.str.contains(LONG).fill_null(False) if suspects.any() else suspects
