"""Atomic file writes: temporary file, fsync, rename."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path
from typing import Any, BinaryIO

from configs.files.real_files import check_folders, open_real, read_real


@contextmanager
def naming(path: Path, anew: bool = False) -> Iterator[None]:
    """Add `path` as the file name of an OSError without one, as of a full disk. `anew`: replace any name."""
    try:
        yield
    except OSError as error:
        error.filename = str(path) if anew else error.filename or str(path)
        raise


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A temporary file beside `path` that replaces it once written: fsync it, rename it, fsync the folder.

    If that fails, the old file stays and the temporary one is removed. Concurrent processes are safe. A link at `path`
    is replaced, not followed, and a link among its folders is rejected: pass the resolved path. Raises OSError.
    """
    check_folders(path)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    try:
        with naming(path), open_real(partial, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with naming(path, anew=True):
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def appending(path: Path) -> BufferedWriter:
    """Open `path` for appending. A file with other hard links is replaced by a copy first.

    Raises OSError for a link, or anything but a regular file.
    """
    file = open_real(path, "ab")
    if os.fstat(file.fileno()).st_nlink == 1:
        return file
    file.close()
    write_bytes(path, read_real(path))
    return open_real(path, "ab")


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically, by `replacing`. Raises OSError."""
    with replacing(path) as file:
        file.write(content)


def write_text(path: Path, content: str) -> None:
    """`write_bytes` in UTF-8."""
    write_bytes(path, content.encode())


def write_json(path: Path, value: Any) -> None:
    """`write_text` of indented JSON; NaN is rejected, since JSON has none. Raises ValueError, OSError."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")
