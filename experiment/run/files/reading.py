"""Readers of a run's files (bytes, text, JSON with a digest), with a cure in the error of a damaged one."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from configs.errors import StudyError
from configs.files.real_files import read_real


def read_bytes(path: Path, cure: str) -> bytes:
    """The content of `path`. Raises StudyError, which ends with `cure`."""
    try:
        return read_real(path)
    except OSError as error:
        raise StudyError([f"{path}: cannot be read ({error.strerror or error}); fix that, or {cure}"]) from error


def read_text(path: Path, cure: str) -> str:
    """The text of `path`. Raises StudyError, which ends with `cure`."""
    try:
        return read_bytes(path, cure).decode()
    except UnicodeDecodeError as error:
        raise StudyError([f"{path}: is damaged ({error}); {cure}"]) from error


def read_json_lines(path: Path, cure: str) -> list[Any]:
    """The JSON of each line of `path`; a last line that a crash truncated is left out.

    Raises StudyError, which ends with `cure`, for any other line that is not JSON.
    """
    lines, found = read_text(path, cure).splitlines(), []
    for number, line in enumerate(lines):
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError as error:
            if number != len(lines) - 1:
                raise StudyError([f"{path}:{number + 1}: is not JSON ({error}); {cure}"]) from error
    return found


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with a `digest` of them, which `read_json` verifies."""
    return {**values, "digest": _digest(values)}


def _digest(values: Mapping[str, Any]) -> str:
    """Hexadecimal SHA-256 of `values` without the `digest`."""
    rest = {name: value for name, value in values.items() if name != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def read_json(path: Path, cure: str, *keys: str) -> Any:
    """The JSON of `path`, checked to have all `keys`, and verified by its `digest` if it has one.

    Raises StudyError, which ends with `cure`.
    """
    text = read_text(path, cure)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StudyError([f"{path}: is damaged ({error}); {cure}"]) from error
    if keys and not isinstance(value, dict):
        raise StudyError([f"{path}: is damaged (it has no keys); {cure}"])
    if missing := [key for key in keys if key not in value]:
        raise StudyError([f"{path}: is damaged (it has no {', '.join(missing)}); {cure}"])
    if isinstance(value, dict) and "digest" in value and value["digest"] != _digest(value):
        raise StudyError([f"{path}: is damaged (its digest is another one); {cure}"])
    return value


@contextmanager
def trusting(path: Path, cure: str) -> Iterator[None]:
    """Use untrusted values of `path`: an error inside is reported as damage of the file.

    Raises StudyError, which ends with `cure`.
    """
    try:
        yield
    except (LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, RuntimeError) as error:
        raise StudyError([f"{path}: is damaged ({type(error).__name__}: {error}); {cure}"]) from error
