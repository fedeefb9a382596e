"""Names of columns in what a person is told."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

SHOWN_NAMES = 20


def listed(columns: Sequence[str], shown: int = SHOWN_NAMES) -> str:
    """`a, b, c`; of more than `shown`, the first ones and how many more there are."""
    more = f", and {len(columns) - shown} more" if len(columns) > shown else ""
    return ", ".join(columns[:shown]) + more


def unknown_column(key: str, received: str, source: str, columns: Sequence[str]) -> str:
    """The problem that `key` names a column that `source` does not have."""
    same = [name for name in columns if name.casefold() == received.casefold()]
    close = same or get_close_matches(received, columns, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return f"{key}: {source} has no column '{received}'{hint} (columns: {listed(columns)})"
