"""Replacement of nan and infinity, which JSON cannot hold, by null."""

import math
from collections.abc import Mapping
from typing import Any


def json_safe(value: Any) -> Any:
    """The same nested dictionaries and lists, with null for nan and infinity."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {key: json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(item) for item in value]
    return value
