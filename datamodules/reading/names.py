"""Column names in messages: shortened lists, repeated names, overrides, and the error of an unknown column."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches

from configs.loading.yaml_data import dump
from configs.shown import shown

SHOWN_NAMES = 20


def listed(columns: Sequence[str], most: int = SHOWN_NAMES) -> str:
    """`a, b, c`; of more than `most`, the first ones and how many more there are."""
    more = f", and {len(columns) - most} more" if len(columns) > most else ""
    return ", ".join(map(shown, columns[:most])) + more


def repeated(names: Sequence[str]) -> list[str]:
    """Names that occur more than once, sorted."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


def typed(column: str, kind: str) -> str:
    """`data.columns={zip: categorical}`: the key of a study that gives a column its type, whatever its name is."""
    return "data.columns=" + " ".join(dump({column: kind}).split("\n")).strip()


def override(key: str, name: str) -> str:
    """`folds.group=pid` for the command line, in quotes where the shell or YAML would read the name otherwise."""
    listed_alone = " ".join(part.strip() for part in dump([name]).splitlines())
    return shlex.quote(f"{key}={listed_alone[1:-1]}")


def unknown_column(key: str, received: str, source: str, columns: Sequence[str]) -> str:
    """Error message of a `key` that names a column which `source` does not have."""
    same = [name for name in columns if name.casefold() == received.casefold()]
    close = same or get_close_matches(received, columns, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return f"{key}: {source} has no column '{received}'{hint} (columns: {listed(columns)})"
