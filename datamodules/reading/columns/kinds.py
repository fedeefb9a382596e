"""Type of a column of a file: found from its values, or given by `data.columns`."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from configs.errors import StudyError
from datamodules.checks.values import count_rows
from datamodules.reading.columns.dates import AMBIGUOUS, find_format, find_most
from datamodules.reading.columns.encoding import (
    Read,
    boolean,
    categories,
    common_sign,
    dated,
    left_out,
    number_column,
    numbers,
    numeric,
)
from datamodules.reading.columns.numerals import parse_numbers, plain_numbers, too_long
from datamodules.reading.columns.words import is_text, is_yes_and_no, known_words, missing_words, words_of
from datamodules.reading.names import typed

Wish = str | tuple[str, ...] | None
FEW = 20
"""Rows from which a column whose values all differ is an identifier."""
MANY = 20
"""Distinct values above which words among numbers are taken for slips, and words that repeat little for names."""
MOSTLY = 0.5
SENTENCE = 5
"""Words of a value, on the average, from which it is free text."""
COUNTING = "consecutive whole numbers"
LIMITS = "<>\u2264\u2265"
"""How a value beyond the limit of detection begins, such as <0.5."""
CODES = r"^0\d{2,}$"
YEARS = (1800, 2100)
TIME = r"^\d{1,3}:\d{2}(?::\d{2}(?:\.\d+)?)?$"
MEASURE = r"^[+-]?\d[\d.,]*\s+(\p{L}[\p{L}/\x{b2}\x{b3}]*)$"
"""A number and its unit, such as 72 kg."""


def read_column(column: pl.Series, place: str, wish: Wish, missing: Sequence[str], mark: str) -> Read:
    """The column as its values suggest, or as `wish`, its value in `data.columns`, says.

    `place` is its name in messages, `missing` are the words for a missing value, `mark` the decimal mark of text.

    Raises:
        StudyError: its values do not fit `wish`, or are numbers but for a few.
    """
    if wish is not None:
        return as_wished(column, place, wish, missing, mark)
    if is_text(column):
        return _text(column, place, missing, mark)
    if column.dtype == pl.Boolean:
        return boolean(column, place, missing)
    if column.dtype in (pl.Date, pl.Datetime):
        return left_out(column, "constant") if _is_constant(column) else dated(column, "", place)
    if column.dtype == pl.Duration:
        return _number(column.dt.total_microseconds() / 1e6, place)
    if column.dtype.is_numeric() or column.dtype == pl.Null:
        return _number(column, place)
    return left_out(column, "other", f"{column.dtype} holds no numbers, words or dates")


def as_wished(
    column: pl.Series,
    place: str,
    wish: str | tuple[str, ...],
    missing: Sequence[str],
    mark: str,
    known: bool = False,
    sign: str | None = None,
) -> Read:
    """The column as a type of `data.columns`; if the levels are `known` from training, others become unknown.

    `sign` is the percent or currency sign that numbers had in training, if that is known.

    Raises:
        StudyError: its values do not fit.
    """
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        raise StudyError([f"{place} has type {column.dtype}, which holds no single values: name it in data.drop"])
    if wish == "numeric":
        text = known_words(column, missing) if is_text(column) else column
        return numeric(text, place, mark, sign)
    if wish == "boolean":
        return boolean(column, place, missing)
    if wish == "categorical" or isinstance(wish, tuple):
        levels = wish if isinstance(wish, tuple) else None
        return categories(words_of(column, missing), place, levels, known=known, counted=missing_words(column, missing))
    if column.dtype in (pl.Date, pl.Datetime):
        return dated(column, "", place)
    words = words_of(column, missing)
    form = find_format(words) if wish == "date" else wish
    if form == AMBIGUOUS:
        cure = f"write {typed(column.name, '%d/%m/%Y')}, or '%m/%d/%Y'"
        raise StudyError([f"{place} has dates in which day and month may be exchanged: {cure}"])
    return dated(words, form or "%Y-%m-%d", place)


def _text(column: pl.Series, place: str, missing: Sequence[str], mark: str) -> Read:
    text = column.cast(pl.String)
    plain = plain_numbers(text, missing, mark)
    if plain and not _are_codes(text, plain.values) and not too_long(text, plain.values).any():
        return _number(plain.values, place, mark=mark)
    words = known_words(column, missing)
    found = parse_numbers(words, mark)
    known = words.count()
    are_numbers = known > 0 and not found.wrong.any()
    if are_numbers and not _are_codes(words, found.values):
        if not (long := too_long(words, found.values)).any():
            return _number(found.values, place, found.remarks, common_sign(found, words, place), mark)
        if long.sum() < known:
            cure = "correct the value, or name the column in data.drop if it is an identifier"
            raise StudyError([f"{place} has {count_rows('too long', long.to_numpy())} for a whole number: {cure}"])
    distinct = words.drop_nulls().unique()
    if len(distinct) < 1 + (not words.has_nulls()):
        return left_out(column, "constant")
    if is_yes_and_no(distinct):
        return boolean(words, place, missing)
    if form := find_format(words):
        if form == AMBIGUOUS:
            cure = f"{typed(column.name, '%d/%m/%Y')} or '%m/%d/%Y' uses it"
            return left_out(words, "text", f"dates, day or month first; {cure}")
        return dated(words, form, place)
    if not are_numbers:
        _check_slips(words, found.wrong, place, len(distinct), mark)
    return _names(words, place, distinct, missing_words(column, missing))


def _names(words: pl.Series, place: str, distinct: pl.Series, counted: dict[str, int]) -> Read:
    """Words: an identifier, free text, or categories."""
    known = words.count()
    if len(distinct) >= FEW and (told := _nearly(distinct.sort())):
        return left_out(words, "text", told)
    if known >= FEW and len(distinct) == known:
        return left_out(words, "identifier", "another value in every row")
    if len(distinct) > 3 and distinct.str.count_matches(r"\S+").mean() >= SENTENCE:  # type: ignore[operator]
        return left_out(words, "text", f"free text, as in '{distinct.sort()[0][:20]}...'")
    if len(distinct) > max(MANY, known * MOSTLY):
        return left_out(words, "identifier", f"{len(distinct):,} different values in {known:,} rows", len(distinct))
    return categories(words, place, None, counted=counted)


def _nearly(distinct: pl.Series) -> str:
    """What the sorted distinct words nearly are, and how to write them; "" of any others."""
    if distinct.str.contains(TIME).all():
        return f"times, as in '{distinct[0]}'; write numbers, such as minutes"
    if distinct.str.contains(MEASURE).all() and distinct.str.extract(MEASURE).n_unique() == 1:
        return f"numbers with a unit, as in '{distinct[0]}'; write the numbers alone"
    told = find_most(distinct)
    return f"{told}; write them alike, or add words to data.missing" if told else ""


def _check_slips(words: pl.Series, wrong: pl.Series, place: str, distinct: int, mark: str) -> None:
    """Refuse a column of numbers with a few words among them, or numbers that have another decimal mark.

    Few distinct values, such as 1, 2, 3+, are categories, unless a single row is at fault.
    """
    known, slips = words.count(), int(wrong.sum())
    if slips >= known * MOSTLY:
        return
    mixed = parse_numbers(words.filter(wrong), "," if mark == "." else ".").values.count() > 0
    if mixed or distinct > MANY or (slips == 1 and known >= FEW):
        found = count_rows("non-numeric", wrong.to_numpy())
        slip = words.filter(wrong)[0]
        fix = "write the limit as a number" if slip[0] in LIMITS else "correct it"
        cure = f"{fix}, add the word to data.missing, or set {typed(words.name, 'categorical')}"
        raise StudyError([f"{place} has {found}, such as '{slip}', among numbers: {cure}"])


def _are_codes(words: pl.Series, values: pl.Series) -> bool:
    """Whether whole numbers are written with leading zeros, as postal codes are."""
    if (values != values.round()).any():
        return False
    return bool(words.str.contains(CODES).any())


def _number(column: pl.Series, place: str, remarks: Sequence[str] = (), sign: str = "", mark: str = ".") -> Read:
    """A numeric column, unless it tells nothing or counts the rows; the others say how its text was written."""
    parsed = numbers(column, place)._replace(remarks=tuple(remarks), sign=sign)
    values = pl.Series(column.name, parsed.values, nan_to_null=True)
    if _is_constant(values):
        return left_out(values, "constant")
    if _counts_rows(values):
        return left_out(column, "identifier", COUNTING)
    return number_column(column.name, parsed, mark)


def _is_constant(column: pl.Series) -> bool:
    """Whether all rows have the same value, or none has one."""
    low, high = column.min(), column.max()
    return low is None or bool(low == high and not column.has_nulls())


def _counts_rows(values: pl.Series) -> bool:
    """Whether the values are the whole numbers of a range, each once, in any order; years are not."""
    low, high = values.min(), values.max()
    if len(values) < FEW or values.has_nulls() or high - low != len(values) - 1:  # type: ignore[operator]
        return False
    if YEARS[0] <= low and high <= YEARS[1]:  # type: ignore[operator]
        return False
    return bool((values == values.round()).all()) and values.n_unique() == len(values)
