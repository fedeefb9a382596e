"""Columns of a file as numbers: numbers, yes and no, codes of categories, parts of dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import StudyError
from datamodules.checks.values import count_rows
from datamodules.reading.columns.dates import date_columns, parse_dates
from datamodules.reading.columns.numerals import Numbers, parse_numbers
from datamodules.reading.columns.words import is_text, truths, words_of, yes_or_no
from datamodules.reading.names import typed
from datamodules.schema import Column, Source, SourceKind

SHOWN_LEVELS = 5


@dataclass(frozen=True, eq=False)
class Read:
    """A column of a file with its detected type and its values.

    Attributes:
        source: what it was taken for.
        columns: the feature columns that it becomes; `()` if it is left out.
        values: float64 `(rows,)` for each of `columns`.
        words: how often each word for a missing value stands in it, if it holds words.
        unknown: rows of new data by their level that training did not have.
    """

    source: Source
    columns: tuple[Column, ...] = ()
    values: Sequence[NDArray[np.float64]] = ()
    words: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)


def left_out(column: pl.Series, kind: SourceKind, remark: str = "", distinct: int = 0) -> Read:
    """A column that becomes no feature; `distinct` is the number of values of an identifier that repeats."""
    if kind == "constant":
        remark = "no value in any row" if column.null_count() == len(column) else "the same value in every row"
    return Read(Source(column.name, kind, remark, column.null_count(), distinct=distinct))


def numbers(
    column: pl.Series, place: str, cure: str = "name the column in data.drop", mark: str = "."
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Values of a column of numbers or of text that holds them, float64 `(rows,)`, NaN where missing; how written.

    Raises:
        StudyError: a value is not a number, or only some have a percent sign; names the first rows and `cure`.
    """
    if is_text(column):
        return _parsed(words_of(column), place, cure, mark)
    if not (column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
        raise StudyError([f"{place} has type {column.dtype}: write numbers or {cure}"])
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy(), ()


def _parsed(text: pl.Series, place: str, cure: str, mark: str) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    found = parse_numbers(text, mark)
    if found.wrong.any():
        if (logical := truths(text)) is not None:
            return numbers(logical, place, cure)
        told = count_rows("non-numeric", found.wrong.to_numpy())
        example = text.filter(found.wrong)[0]
        raise StudyError([f"{place} has {told}, such as '{example}': write numbers or {cure}"])
    check_percents(found, place)
    return found.values.fill_null(np.nan).to_numpy(), found.remarks


def check_percents(found: Numbers, place: str) -> None:
    """Refuse a column in which only some of the numbers have a percent sign, zeros aside. Raises StudyError."""
    if found.percents is None:
        return
    without = (found.values.is_not_null() & ~found.percents & (found.values != 0)).fill_null(False)
    if without.any():
        told = count_rows("unmarked", without.to_numpy())
        raise StudyError([f"{place} has {told} among numbers with a percent sign: write all of them alike"])


def numeric(column: pl.Series, place: str, mark: str = ".", remarks: Sequence[str] = ()) -> Read:
    """A column of numbers, with `remarks` if it has been parsed already. Raises StudyError if a value is none."""
    values, told = numbers(column, place, mark=mark)
    name, remarks = column.name, remarks or told
    return Read(
        Source(name, "numeric", "; ".join(remarks), int(np.isnan(values).sum())), (Column(name, name),), [values]
    )


def boolean(column: pl.Series, place: str, missing: Sequence[str]) -> Read:
    """A column of yes and no, true and false, or 1 and 0. Raises StudyError if a value is none of them."""
    words = words_of(column, missing)
    codes = yes_or_no(words)
    wrong = words.is_not_null() & codes.is_null()
    if wrong.any():
        found = count_rows("other", wrong.to_numpy())
        raise StudyError([f"{place} has {found} than yes and no, such as '{words.filter(wrong)[0]}': correct it"])
    one, zero = (words.filter(codes == code) for code in (1.0, 0.0))
    remark = ", ".join(f"{code} is '{found[0]}'" for code, found in ((1, one), (0, zero)) if len(found))
    values = codes.fill_null(np.nan).to_numpy()
    name = column.name
    return Read(Source(name, "boolean", remark, words.null_count()), (Column(name, name, "boolean"),), [values])


def categories(
    words: pl.Series,
    place: str,
    levels: Sequence[str] | None,
    known: bool = False,
    counted: Mapping[str, int] | None = None,
) -> Read:
    """A column of words as codes; `levels` in their order, or else the sorted distinct words.

    Numbers among the levels are sorted as such. A word that is no level gets the code `len(levels)` if the levels are
    `known` from training.

    Raises:
        StudyError: a word is none of the given `levels`.
    """
    chosen = sorted_levels(words) if levels is None else tuple(levels)
    codes = words.cast(pl.Enum(chosen), strict=False).to_physical().cast(pl.Float64)
    strange = words.is_not_null() & codes.is_null()
    if strange.any() and not known:
        found = count_rows("other", strange.to_numpy())
        told = f"{place} has {found} than its levels in data.columns, such as '{words.filter(strange)[0]}'"
        raise StudyError([f"{told}: add it to them, or to data.missing"])
    unknown = dict(words.filter(strange).value_counts(sort=True).iter_rows()) if strange.any() else {}
    codes = codes.set(strange, float(len(chosen)))
    shown = ", ".join(chosen[:SHOWN_LEVELS]) + (", ..." if len(chosen) > SHOWN_LEVELS else "")
    remark = f"{len(chosen):,} level{'s' if len(chosen) > 1 else ''}: {shown}"
    name = words.name
    column = Column(name, name, "categorical", chosen, ordered=levels is not None and not known)
    source = Source(name, "categorical", remark, words.null_count())
    return Read(source, (column,), [codes.fill_null(np.nan).to_numpy()], counted or {}, unknown)


def sorted_levels(words: pl.Series) -> tuple[str, ...]:
    """Distinct words, sorted; as numbers if all are."""
    distinct = words.drop_nulls().unique().sort()
    values = distinct.cast(pl.Float64, strict=False)
    return tuple(distinct if values.has_nulls() else distinct.gather(values.arg_sort()))


def dated(column: pl.Series, form: str, place: str) -> Read:
    """A column of dates, or of text with dates in the format `form`. Raises StudyError if a value is none."""
    dates = column
    if form:
        try:
            dates = parse_dates(column, form)
        except pl.exceptions.PolarsError as error:
            raise StudyError([f"{place}: '{form}' is no format of a date ({str(error).splitlines()[0]})"]) from None
        wrong = column.is_not_null() & dates.is_null()
        if wrong.any():
            found = count_rows("other", wrong.to_numpy())
            example = column.filter(wrong)[0]
            cure = f"correct it, or write its format as {typed(column.name, '%d/%m/%Y')}"
            raise StudyError([f"{place} has {found} than dates like {form}, such as '{example}': {cure}"])
    elif dates.dtype == pl.Datetime:
        dates = dates.dt.replace_time_zone(None)
    columns, values = date_columns(column.name, dates)
    days = dates.dt.date().drop_nulls().sort().cast(pl.String)
    remark = f"{days[0]} to {days[-1]}" if len(days) else ""
    return Read(Source(column.name, "date", remark, dates.null_count(), form), columns, values)
