"""Files that are there whole or not at all."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path
from typing import Any, BinaryIO

from configs.real_files import check_folders, open_real, read_real


@contextmanager
def naming(path: Path, anew: bool = False) -> Iterator[None]:
    """Let an OSError say that it is about `path`; a full disk names no file. `anew`: whatever it names."""
    try:
        yield
    except OSError as error:
        error.filename = str(path) if anew else error.filename or str(path)
        raise


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A temporary file beside `path`, which takes its place once it is written: fsync it, rename it, fsync the folder.

    Where that fails, what was there stays and nothing is left. Another process may do the same. A link at `path` is
    replaced, not followed, and one on the way to it refused: give the folder's own path. Raises OSError.
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
    """`path`, opened to be appended to. One that has a second name elsewhere (a hard link) is parted from it first.

    Raises OSError for a link, or what is no regular file.
    """
    file = open_real(path, "ab")
    if os.fstat(file.fileno()).st_nlink == 1:
        return file
    file.close()
    write_bytes(path, read_real(path))
    return open_real(path, "ab")


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` as `replacing` does. Raises OSError."""
    with replacing(path) as file:
        file.write(content)


def write_text(path: Path, content: str) -> None:
    """`write_bytes` in UTF-8."""
    write_bytes(path, content.encode())


def write_json(path: Path, value: Any) -> None:
    """`write_text` of indented JSON; NaN is refused, since JSON has none. Raises ValueError, OSError."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")
