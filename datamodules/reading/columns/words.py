"""Values of a text column: stripped, with missing-value markers replaced and counted; yes and no."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

TEXT = (pl.String, pl.Categorical, pl.Enum)
YES = ("yes", "y", "true", "t", "ja", "oui", "si", "sí", "on")
NO = ("no", "n", "false", "f", "nein", "non", "off")


def is_text(column: pl.Series) -> bool:
    """Whether a column holds text, a dictionary of text included."""
    return column.dtype in TEXT


def known_words(column: pl.Series, missing: Sequence[str] = ()) -> pl.Series:
    """Text without surrounding blanks; null where it is blank or one of the words for `missing`."""
    text = column.cast(pl.String).str.strip_chars()
    return text.set(text.is_in(["", *missing]), None)


def missing_words(column: pl.Series, missing: Sequence[str]) -> dict[str, int]:
    """How often each word for `missing` stands in a column, the most frequent first; blanks are no words."""
    text = column.cast(pl.String).str.strip_chars()
    counts = text.filter(text.is_in(list(missing))).value_counts(sort=True)
    return dict(counts.iter_rows())


def words_of(column: pl.Series, missing: Sequence[str] = ()) -> pl.Series:
    """Any column of single values as words: 3.0 is 3, true and false are in small letters; null where missing."""
    if not is_text(column) and column.dtype.is_float():
        column = column.fill_nan(None)
        if (column.drop_nulls().abs() < 2.0**53).all() and (column.drop_nulls() == column.drop_nulls().round()).all():
            column = column.cast(pl.Int64, strict=False)
    return known_words(column, missing if is_text(column) else ())


def truths(words: pl.Series) -> pl.Series | None:
    """Booleans, if all words of a column are true and false, in any case."""
    logical = words.str.to_lowercase().replace_strict(
        {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
    )
    return logical if logical.count() == words.count() > 0 else None


def yes_or_no(words: pl.Series) -> pl.Series:
    """1 for yes, true, ..., 0 for no, false, ..., null for any other word, in any case: float64 `(rows,)`."""
    folded = words.str.to_lowercase()
    codes = dict.fromkeys((*YES, "1"), 1.0) | dict.fromkeys((*NO, "0"), 0.0)
    return folded.replace_strict(codes, default=None, return_dtype=pl.Float64)


def is_yes_and_no(distinct: pl.Series) -> bool:
    """Whether the distinct words of a column are a yes and a no, however written."""
    codes = yes_or_no(distinct)
    return bool(len(codes) > 1 and not codes.has_nulls() and codes.n_unique() == 2)
