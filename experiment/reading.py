"""JSON that a run wrote, read back, or what to do if it is damaged."""

import json
from pathlib import Path
from typing import Any

from configs.errors import StudyError


def read_json(path: Path, cure: str, *keys: str) -> Any:
    """What `path` holds, which has all `keys`. Raises StudyError, which ends with `cure`."""
    try:
        value = json.loads(path.read_text())
    except ValueError as error:
        raise StudyError([f"{path}: is damaged ({error}); {cure}"]) from error
    if keys and not isinstance(value, dict):
        raise StudyError([f"{path}: is damaged (it has no keys); {cure}"])
    if missing := [key for key in keys if key not in value]:
        raise StudyError([f"{path}: is damaged (it has no {', '.join(missing)}); {cure}"])
    return value
