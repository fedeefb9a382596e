"""Dates: the format of a text column, and the numbers that a date becomes."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datamodules.schema import Column

ISO = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f UTC",
)  # fmt: skip
WRITTEN = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y")
DOTTED = ("%d.%m.%Y", "%d.%m.%y")
"""With points the day is first wherever dates are written so."""
EITHER_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y")
TIMES = ("", " %H:%M", " %H:%M:%S")
LIKE_A_DATE = r"^\d{4}[-/]\d|^\d{1,2}[-/. ]\w+[-/. ]\d{4}|^\d{1,2}[./]\d{1,2}[./]\d{2}(?: |$)|^\w{3,9} \d{1,2}, \d{4}"
FIRST_YEAR = 1000
AMBIGUOUS = "?"
SAMPLED = 1000


def find_format(text: pl.Series) -> str | None:
    """Format of all values of a text column, `AMBIGUOUS` if day and month may be exchanged, None if it has no dates."""
    known = text.drop_nulls()
    if not len(known) or not known.head(SAMPLED).str.contains(LIKE_A_DATE).all():
        return None
    fitting = [form for form in _formats() if parse_dates(known.head(SAMPLED), form).null_count() == 0]
    fitting = [form for form in fitting if parse_dates(known, form).null_count() == 0]
    read = [parse_dates(known, form) for form in fitting]
    if not read:
        return None
    return fitting[0] if all(dates.equals(read[0]) for dates in read) else AMBIGUOUS


def find_most(text: pl.Series) -> str:
    """`dates like %d.%m.%Y but for 3, such as '0000-00-00'`, if half of the values have one format; else ""."""
    looking = text.str.contains(LIKE_A_DATE)
    if looking.sum() < len(text) / 2:
        return ""
    read = {form: parse_dates(text, form).is_not_null() for form in _formats()}
    form = max(read, key=lambda one: read[one].sum())
    if read[form].sum() < len(text) / 2:
        return ""
    other = text.filter(~read[form])
    return f"dates like {form} but for {len(other):,} of {len(text):,} different ones, such as '{other[0]}'"


def _formats() -> list[str]:
    month_first = [f"%m{form[2]}%d{form[5:]}" for form in EITHER_FIRST]
    return [*ISO, *(f"{form}{time}" for form in (*WRITTEN, *DOTTED, *EITHER_FIRST, *month_first) for time in TIMES)]


def parse_dates(text: pl.Series, form: str) -> pl.Series:
    """Dates and times `(rows,)` in that format; null where there is none. A time zone is converted to UTC."""
    has_time = any(code in form for code in ("%H", "%I", "%T", "%R"))
    if not has_time:
        found = text.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    else:
        found = text.str.to_datetime(form, strict=False, time_unit="us").dt.replace_time_zone(None)
    return found.set(found.dt.year() < FIRST_YEAR, None)  # 19 of 25.12.19 is no year


def date_columns(name: str, dates: pl.Series) -> tuple[tuple[Column, ...], list[NDArray[np.float64]]]:
    """Year, month, day of week (Monday is 1), day of the year on a circle, and days since 1970: `(rows,)` each."""
    moment = dates.cast(pl.Datetime("us"))
    angle = _floats(moment.dt.ordinal_day() - 1) * (2 * np.pi / 365.25)
    parts = {
        "year": _floats(moment.dt.year()),
        "month": _floats(moment.dt.month()),
        "day_of_week": _floats(moment.dt.weekday()),
        "day_of_year_sin": np.sin(angle),
        "day_of_year_cos": np.cos(angle),
        "days": _floats(moment.dt.epoch("us")) / 86_400e6,
    }
    return tuple(Column(f"{name}.{part}", name, "date") for part in parts), list(parts.values())


def _floats(values: pl.Series) -> NDArray[np.float64]:
    return values.cast(pl.Float64).fill_null(np.nan).to_numpy()
