"""What a run wrote, read back, or what to do if it is damaged or cannot be read."""

import json
from pathlib import Path
from typing import Any

from configs.errors import StudyError
from configs.real_files import read_real


def read_bytes(path: Path, cure: str) -> bytes:
    """The content of `path`. Raises StudyError, which ends with `cure`."""
    try:
        return read_real(path)
    except OSError as error:
        raise StudyError([f"{path}: cannot be read ({error.strerror or error}); mend that, or {cure}"]) from error


def read_text(path: Path, cure: str) -> str:
    """The text of `path`. Raises StudyError, which ends with `cure`."""
    try:
        return read_bytes(path, cure).decode()
    except UnicodeDecodeError as error:
        raise StudyError([f"{path}: is damaged ({error}); {cure}"]) from error


def read_json(path: Path, cure: str, *keys: str) -> Any:
    """What `path` holds, which has all `keys`. Raises StudyError, which ends with `cure`."""
    text = read_text(path, cure)
    try:
        value = json.loads(text)
    except ValueError as error:
        raise StudyError([f"{path}: is damaged ({error}); {cure}"]) from error
    if keys and not isinstance(value, dict):
        raise StudyError([f"{path}: is damaged (it has no keys); {cure}"])
    if missing := [key for key in keys if key not in value]:
        raise StudyError([f"{path}: is damaged (it has no {', '.join(missing)}); {cure}"])
    return value
