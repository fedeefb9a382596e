"""Key of a member of a study, (seed, repeat, fold): in predictions, `metrics.json` and `fits.json`."""

from collections.abc import Mapping
from typing import Any

Key = tuple[int, int, int]
"""(seed, repeat, fold)"""


def key_of(entry: Mapping[str, Any]) -> Key:
    """The key of an entry with the fields `seed`, `repeat` and `fold`."""
    return entry["seed"], entry["repeat"], entry["fold"]


def named(key: Key) -> dict[str, int]:
    """The fields `seed`, `repeat` and `fold` of a key."""
    return dict(zip(("seed", "repeat", "fold"), key, strict=True))
