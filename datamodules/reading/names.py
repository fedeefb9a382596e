"""Column names in messages: shortened lists, and the error of an unknown column."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from configs.loading.yaml_data import dump
from configs.shown import shown

SHOWN_NAMES = 20


def listed(columns: Sequence[str], most: int = SHOWN_NAMES) -> str:
    """`a, b, c`; of more than `most`, the first ones and how many more there are."""
    more = f", and {len(columns) - most} more" if len(columns) > most else ""
    return ", ".join(map(shown, columns[:most])) + more


def typed(column: str, kind: str) -> str:
    """`data.columns={zip: categorical}`: the key of a study that gives a column its type, whatever its name is."""
    return "data.columns=" + " ".join(dump({column: kind}).split("\n")).strip()


def unknown_column(key: str, received: str, source: str, columns: Sequence[str]) -> str:
    """Error message of a `key` that names a column which `source` does not have."""
    same = [name for name in columns if name.casefold() == received.casefold()]
    close = same or get_close_matches(received, columns, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return f"{key}: {source} has no column '{received}'{hint} (columns: {listed(columns)})"
