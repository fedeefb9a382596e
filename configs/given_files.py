"""Files that a person names: looked at before they are opened, since a pipe or a device would be read for ever."""

import os
import stat
from pathlib import Path

KINDS = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a pipe"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
    (stat.S_ISSOCK, "is a socket"),
)
"""What a path may lead to that is no file."""


def resolved(path: Path) -> Path:
    """Where `path` leads, links followed. A loop of links is no error, as for `Path.resolve` before Python 3.13."""
    return Path(os.path.realpath(path))


def unreadable(path: Path, largest: int | None = None) -> str:
    """Why `path`, which may be a link, is no file that can be read, with the cure; "" if it is one.

    Args:
        path: as a person wrote it.
        largest: bytes that such a file has at most; None for any size.

    Raises:
        FileNotFoundError: it is not there.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError:
        raise
    except ValueError:
        return "has a NUL character in its name, which no file has; correct the path"
    except OSError as error:
        return f"cannot be read ({error.strerror}); correct the path"
    kind = next((words for is_kind, words in KINDS if is_kind(found.st_mode)), "")
    if kind:
        return f"{kind}, not a file; write what it holds to a file, and name that"
    if largest is not None and found.st_size > largest:
        return f"has {found.st_size / 1e6:,.0f} MB, and such a file has {largest / 1e6:g} at most; correct the path"
    return ""
