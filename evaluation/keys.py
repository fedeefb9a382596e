"""Keys in predictions, `metrics.json` and `fits.json`: (seed, repeat, fold) of a member, (repeat, fold) of a fold."""

from collections.abc import Mapping
from typing import Any

Key = tuple[int, int, int]
"""(seed, repeat, fold)"""


def key_of(entry: Mapping[str, Any]) -> Key:
    """The key of an entry with the fields `seed`, `repeat` and `fold`."""
    return entry["seed"], entry["repeat"], entry["fold"]


def place_of(entry: Mapping[str, Any]) -> tuple[int, ...]:
    """The key of the member of an entry; (repeat, fold) of one without a seed, which is of all seeds of a fold."""
    return key_of(entry) if "seed" in entry else (entry["repeat"], entry["fold"])


def named(key: Key) -> dict[str, int]:
    """The fields `seed`, `repeat` and `fold` of a key."""
    return dict(zip(("seed", "repeat", "fold"), key, strict=True))
