"""Files and folders of a run that are what they seem: nothing in a run is read or written through a link.

The root of a run may be a link, or lie below one, since a person has named it (`real_root`). What lies inside may come
from a stranger: a link there, or a device or a pipe in place of a file, is refused.
"""

import errno
import os
import stat
from io import BufferedReader, BufferedWriter
from pathlib import Path
from typing import Any, Literal, overload

from configs.given_files import resolved

FLAGS = {"rb": os.O_RDONLY, "ab": os.O_WRONLY | os.O_APPEND | os.O_CREAT, "xb": os.O_WRONLY | os.O_CREAT | os.O_EXCL}
WITHOUT_LINKS = os.O_NOFOLLOW | os.O_NONBLOCK
"""A pipe, too, is opened at once, and then refused."""
LINK, OTHER = "is a link, and a run follows none", "is not a regular file"


def real_root(path: Path) -> Path:
    """`path`; if a link is on the way, where it leads."""
    real = resolved(path)
    return path if real == path.absolute() else real


def check_folders(path: Path) -> None:
    """Raises OSError if one of the folders that `path` lies in is a link."""
    for folder in path.absolute().parents:
        if folder.is_symlink():
            raise OSError(errno.ELOOP, LINK, str(folder))


def make_folder(path: Path, parents: bool = False) -> None:
    """A folder at `path`, made if need be, as are its `parents` if asked.

    Raises OSError if it is a link or lies behind one, or cannot be made.
    """
    check_folders(path / "inside")
    path.mkdir(parents=parents, exist_ok=True)


@overload
def open_real(path: Path, mode: Literal["rb"]) -> BufferedReader: ...
@overload
def open_real(path: Path, mode: Literal["ab", "xb"]) -> BufferedWriter: ...
def open_real(path: Path, mode: Literal["rb", "ab", "xb"]) -> Any:
    """A regular file, opened to be read, appended to, or made. Raises OSError for another thing, or behind a link."""
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
