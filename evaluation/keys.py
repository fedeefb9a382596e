"""What a member of a study is known by: in predictions, in `metrics.json`, in fits."""

from collections.abc import Mapping
from typing import Any

Key = tuple[int, int, int]
"""(seed, repeat, fold)"""


def key_of(entry: Mapping[str, Any]) -> Key:
    """The key of an entry that has its parts by name."""
    return entry["seed"], entry["repeat"], entry["fold"]


def named(key: Key) -> dict[str, int]:
    """The parts of a key by name."""
    return dict(zip(("seed", "repeat", "fold"), key, strict=True))
