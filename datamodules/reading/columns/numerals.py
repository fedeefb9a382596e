"""Text that holds numbers: decimal marks, thousands separators, percent and currency signs, too long numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import polars as pl

GROUPS = r"[1-9]\d{0,2}"
SPACES = r"[ \x{a0}\x{202f}'\x{2019}]"
CURRENCIES = "$\u20ac\u00a3\u00a5\u20b9"
SIGNS = f"[%{CURRENCIES}]"
MINUS = "\u2212"
"""The sign of typesetting, as web pages have it."""
HEAD = rf"^(?:[{CURRENCIES}]\s*)?[+{MINUS}-]?(?:[{CURRENCIES}]\s*)?"
TAIL = rf"(?:[eE][+{MINUS}-]?\d+)?\s*{SIGNS}?$"
THOUSANDS = "thousands separators"
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
        plain=rf"{HEAD}(?:\d+{mark}?\d*|{mark}\d+){TAIL}",
        grouped=rf"{HEAD}(?:{GROUPS}(?:{other}\d{{3}})+|{GROUPS}(?:{SPACES}\d{{3}})+)(?:{mark}\d*)?{TAIL}",
        # 1,234 may be either; 0,123 and 1,5 and 12345,678 and 1.234,5 are decimal; 1,234,567 is not.
        sure=rf"{HEAD}(?:\d*{mark}\d{{1,2}}|\d*{mark}\d{{4,}}|0*{mark}\d*|\d{{4,}}{mark}\d*"
        rf"|{GROUPS}(?:{other}\d{{3}})+{mark}\d*|{GROUPS}(?:{other}\d{{3}}){{2,}}){TAIL}",
    )


PATTERNS = {".": _pattern(r"\.", ","), ",": _pattern(",", r"\.")}


class Numbers(NamedTuple):
    """Result of parsing a column.

    Attributes:
        values: float64; null for a missing value, and for one that is no number.
        wrong: whether a value is there and is no number.
        remarks: how the numbers were written: the decimal comma, thousands separators, percent and currency signs.
        signs: the percent or currency sign of each value, null without one; a percent is a hundredth of what was
            written. None if no value has a sign.
    """

    values: pl.Series
    wrong: pl.Series
    remarks: tuple[str, ...] = ()
    signs: pl.Series | None = None


def parse_numbers(text: pl.Series, mark: str = ".") -> Numbers:
    """Numbers of stripped text with that decimal mark: `1234.5`, `1,234.5`, `1 234.5`, `12%` (0.12), `$5`, `1e-3`."""
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
    signs, are_numbers = written.str.extract(f"({SIGNS})"), (plain | grouped) & (written.str.count_matches(SIGNS) < 2)
    separators = rf"[{',' if mark == '.' else '.'}\s'\x{{2019}}%{CURRENCIES}]"
    cleaned = written.set(~are_numbers, None).str.replace_all(separators, "").str.replace(",", ".", literal=True)
    parsed = cleaned.str.replace_all(MINUS, "-", literal=True).cast(pl.Float64, strict=False)
    parsed = parsed.zip_with((signs != "%").fill_null(True), parsed / 100)
    frame = pl.DataFrame({"written": written, "parsed": parsed, "sign": signs.set(~are_numbers, None)})
    found = pl.DataFrame({"written": everywhere}).join(frame, "written", "left", maintain_order="left")
    values = values.scatter(places, found["parsed"])
    return Numbers(
        values,
        text.is_not_null() & values.is_null(),
        _remarks(written, pattern, mark),
        pl.Series([None], dtype=pl.String).new_from_index(0, len(text)).scatter(places, found["sign"])
        if found["sign"].count()
        else None,
    )


def plain_numbers(column: pl.Series, missing: Sequence[str], mark: str) -> Numbers | None:
    """Numbers of a text column as it stands, if all are plainly written and no missing word is one; else None.

    What `parse_numbers` gives of its stripped words, in a third of the time.
    """
    values = column.cast(pl.Float64, strict=False)
    if mark != "." or _has_numbers(tuple(missing)) or values.null_count() > column.null_count():
        return None
    return Numbers(values.fill_nan(None), pl.Series([False]).new_from_index(0, len(column)))


@cache
def _has_numbers(words: tuple[str, ...]) -> bool:
    return bool(pl.Series(words, dtype=pl.String).cast(pl.Float64, strict=False).is_finite().any())


def _remarks(written: pl.Series, pattern: Pattern, mark: str) -> tuple[str, ...]:
    remarks = []
    decimal = written.filter(written.str.contains(pattern.plain) & written.str.contains(mark, literal=True))
    if mark == "," and len(decimal):
        remarks.append(f"decimal comma, as in {decimal[0]}")
    grouped = written.filter(written.str.contains(pattern.grouped) & ~written.str.contains(pattern.plain))
    if len(grouped):
        remarks.append(f"{THOUSANDS}, as in {grouped[0]}")
    numbers = written.filter(written.str.contains(pattern.grouped) | written.str.contains(pattern.plain))
    if len(percent := numbers.filter(numbers.str.ends_with("%"))):
        remarks.append(f"percent signs, {percent[0]} is a hundredth")
    if len(currency := numbers.filter(numbers.str.contains(f"[{CURRENCIES}]"))):
        remarks.append(f"currency signs, as in {currency[0]}")
    return tuple(remarks)


def decimal_marks(
    columns: Sequence[pl.Series],
    delimiter: str | None,
    asked: str,
    has_commas: bool = True,
    trained: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Decimal mark of each column of raw text: `asked` if it is a mark, else by numbers that can have no other.

    A column without such numbers has the mark of the others if they agree, else the one that it had in training, which
    `trained` may name. If none tells, `1,234` is a decimal number unless the comma delimits, and `1.234` always is.
    `has_commas` says whether any field may hold one.
    """
    trained = trained or {}
    if asked != "auto":
        return {column.name: asked for column in columns}
    if not trained and not any(_needs_a_look(column.cast(pl.String), has_commas) for column in columns):
        return {column.name: "." for column in columns}
    columns = [column.cast(pl.String).str.strip_chars() for column in columns]
    found = {column.name: _evidence(column) for column in columns}
    agreed = {mark for mark in found.values() if mark}
    of_the_file = agreed.pop() if len(agreed) == 1 else None
    marks = {}
    for column in columns:
        dotted = column.str.contains(".", literal=True).any()
        likely = "," if delimiter not in (",", None) and not dotted else "."
        marks[column.name] = found[column.name] or of_the_file or trained.get(column.name, likely)
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


def how_written(remarks: Sequence[str], sign: str, mark: str) -> str:
    """Format of numbers, to which new ones are held: a decimal mark that was read from them, and their sign."""
    return f"{mark if mark == ',' or any(one.startswith(THOUSANDS) for one in remarks) else ''}{sign}"


def mark_and_sign(format: str) -> tuple[str, str]:
    """The parts of what `how_written` gives, each "" if there is none."""
    return format.rstrip(f"%{CURRENCIES}"), format.lstrip(".,")


def too_long(text: pl.Series, values: pl.Series) -> pl.Series:
    """Whether a value is a whole number beyond int64, which is most likely an identifier or a slip."""
    low, high = values.min(), values.max()
    if low is None or max(-low, high) < INT64:  # type: ignore[operator,type-var]
        return pl.Series([False]).new_from_index(0, len(text))
    return (values.abs() >= INT64).fill_null(False) & text.str.contains(LONG).fill_null(False)
