"""Locks of folders and files against other processes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from configs.files.real_files import open_real
from experiment.run.exit_codes import ALREADY_RUNNING, RunError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock `folder` against every other process, released when this one ends.

    Raises:
        RunError: another process holds the lock.
        OSError: the lock is a link, or cannot be made.
    """
    if (lock := acquired(folder / ".lock")) is None:
        raise RunError(ALREADY_RUNNING, f"{folder}: another process runs here; wait for it or start a new run")
    try:
        yield
    finally:
        lock.release()


def acquired(place: Path) -> BaseFileLock | None:
    """The lock of the file `place`, held until it is released or this process ends; None if another one holds it.

    Raises OSError if `place` is a link, or cannot be made.
    """
    if os.path.lexists(place):
        open_real(place, "rb").close()
    lock = FileLock(place)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return lock
