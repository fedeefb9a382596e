"""CSV for a spreadsheet, which would run a text that looks like a formula."""

import re

import polars as pl
import polars.selectors as cs

FORMULA, NUMBER = r"\A[=+\-@\t\r\n]", r"\A[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\z"
"""Prefixes of text that a spreadsheet would run, and the pattern of numbers among them."""


def without_formulas(table: pl.DataFrame) -> pl.DataFrame:
    """The table with an apostrophe before every text that a spreadsheet would run, numbers aside: `=1+1`, `@SUM(A1)`.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    text = (cs.string() | cs.categorical() | cs.enum()).cast(pl.String)
    runs = text.str.contains(FORMULA) & ~text.str.contains(NUMBER)
    safe = table.with_columns(pl.when(runs).then("'" + text).otherwise(text).name.keep())
    return safe.rename(lambda name: f"'{name}" if re.match(FORMULA, name) else name)
