"""Safe access to files and folders of a run: nothing in a run is read or written through a link.

The root of a run may be a link, or lie below one, since the user has given it (`real_root`). The contents are
untrusted: a link inside, or a device or a pipe in place of a file, is rejected.
"""

import errno
import os
import stat
from io import BufferedReader, BufferedWriter
from pathlib import Path
from typing import Any, Literal, overload

from configs.files.given_files import resolved

FLAGS = {"rb": os.O_RDONLY, "ab": os.O_WRONLY | os.O_APPEND | os.O_CREAT, "xb": os.O_WRONLY | os.O_CREAT | os.O_EXCL}
WITHOUT_LINKS = os.O_NOFOLLOW | os.O_NONBLOCK
"""Flags that open a pipe without blocking, so that it can be rejected."""
LINK, OTHER = "is a link, and a run follows none", "is not a regular file"


def real_root(path: Path) -> Path:
    """`path`, resolved if it or one of its folders is a link."""
    real = resolved(path)
    return path if real == path.absolute() else real


def check_folders(path: Path) -> None:
    """Raises OSError if one of the folders that `path` lies in is a link."""
    for folder in path.absolute().parents:
        if folder.is_symlink():
            raise OSError(errno.ELOOP, LINK, str(folder))


def make_folder(path: Path, parents: bool = False) -> None:
    """Make the folder `path` if it does not exist, and with `parents` its parents, too.

    Raises OSError if it is a link or lies behind one, or cannot be made.
    """
    check_folders(path / "inside")
    path.mkdir(parents=parents, exist_ok=True)


@overload
def open_real(path: Path, mode: Literal["rb"]) -> BufferedReader: ...
@overload
def open_real(path: Path, mode: Literal["ab", "xb"]) -> BufferedWriter: ...
def open_real(path: Path, mode: Literal["rb", "ab", "xb"]) -> Any:
    """Open a regular file to read, append or create. Raises OSError for any other kind, or a path with a link."""
    check_folders(path)
    try:
        number = os.open(path, FLAGS[mode] | WITHOUT_LINKS, 0o666)
    except OSError as error:
        if cause := {errno.ELOOP: LINK, errno.ENXIO: OTHER, errno.EISDIR: OTHER}.get(error.errno or 0):
            raise OSError(error.errno, cause, str(path)) from error
        raise
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, OTHER, str(path))
    return os.fdopen(number, mode)


def read_real(path: Path) -> bytes:
    """The content of a regular file. Raises OSError as `open_real` does."""
    with open_real(path, "rb") as file:
        return file.read()
