"""Columns of a file as numbers: numbers, yes and no, codes of categories, parts of dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import StudyError
from datamodules.checks.values import count_rows
from datamodules.reading.columns.dates import date_columns, parse_dates
from datamodules.reading.columns.numerals import Numbers, how_written, parse_numbers
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


class Parsed(NamedTuple):
    """Numbers of a column, float64 `(rows,)`, NaN where missing; how they are written, and the sign that they have."""

    values: NDArray[np.float64]
    remarks: tuple[str, ...] = ()
    sign: str = ""


def numbers(
    column: pl.Series,
    place: str,
    cure: str = "name the column in data.drop",
    mark: str = ".",
    trained: str | None = None,
) -> Parsed:
    """Values of a column of numbers or of text that holds them; `trained` is the sign that those of the training had.

    Raises:
        StudyError: a value is not a number, or has another percent or currency sign; names the first rows and `cure`.
    """
    if is_text(column):
        return _parsed(words_of(column), place, cure, mark, trained)
    if not (column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
        raise StudyError([f"{place} has type {column.dtype}: write numbers or {cure}"])
    values = column.cast(pl.Float64)
    common_sign(Numbers(values, values.is_null()), column, place, trained)
    return Parsed(values.fill_null(np.nan).to_numpy())


def _parsed(text: pl.Series, place: str, cure: str, mark: str, trained: str | None) -> Parsed:
    found = parse_numbers(text, mark)
    if found.wrong.any():
        if (logical := truths(text)) is not None:
            return numbers(logical, place, cure)
        told = count_rows("non-numeric", found.wrong.to_numpy())
        example = text.filter(found.wrong)[0]
        raise StudyError([f"{place} has {told}, such as '{example}': write numbers or {cure}"])
    sign = common_sign(found, text, place, trained)
    return Parsed(found.values.fill_null(np.nan).to_numpy(), found.remarks, sign)


def common_sign(found: Numbers, written: pl.Series, place: str, trained: str | None = None) -> str:
    """The percent or currency sign of all numbers of a column as `written`, zeros aside; "" without one.

    Raises StudyError if some have another one than the rest, or than those of the training had, if it is known.
    """
    if found.signs is None and not trained:
        return ""
    signs = pl.Series([None], dtype=pl.String).new_from_index(0, len(written)) if found.signs is None else found.signs
    sign = signs.drop_nulls()[0] if trained is None else trained
    other = (found.values.is_not_nan() & (found.values != 0) & (signs.fill_null("") != sign)).fill_null(False)
    if other.any():
        told = f"{count_rows('other', other.to_numpy())} than numbers {f'with {sign}' if sign else 'without a sign'}"
        known = "" if trained is None else ", as training had them"
        raise StudyError([f"{place} has {told}{known}, such as '{written.filter(other)[0]}': write all of them alike"])
    return sign


def numeric(column: pl.Series, place: str, mark: str = ".", trained: str | None = None) -> Read:
    """A column of numbers, see `numbers`. Raises StudyError if a value is none."""
    return number_column(column.name, numbers(column, place, mark=mark, trained=trained), mark)


def number_column(name: str, parsed: Parsed, mark: str) -> Read:
    """A column of numbers that have been parsed, with that decimal mark."""
    missing, written = int(np.isnan(parsed.values).sum()), how_written(parsed.remarks, parsed.sign, mark)
    source = Source(name, "numeric", "; ".join(parsed.remarks), missing, written)
    return Read(source, (Column(name, name),), [parsed.values])


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
    elif isinstance(dates.dtype, pl.Datetime) and dates.dtype.time_zone:
        dates = dates.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    columns, values = date_columns(column.name, dates)
    days = dates.dt.date().drop_nulls().sort().cast(pl.String)
    remark = f"{days[0]} to {days[-1]}" if len(days) else ""
    return Read(Source(column.name, "date", remark, dates.null_count(), form), columns, values)
