"""Checks of user-given file paths before they are opened, since reading a pipe or a device would never end."""

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
"""Kinds of paths that are no regular file, with their messages."""


def resolved(path: Path) -> Path:
    """`path` with links resolved. A loop of links is no error, unlike in `Path.resolve` before Python 3.13."""
    return Path(os.path.realpath(path))


def unreadable(path: Path, largest: int | None = None) -> str:
    """Reason why `path`, which may be a link, is no readable file, with the cure; "" if it is one.

    Args:
        path: the path as given by the user.
        largest: largest size in bytes; None for any size.

    Raises:
        FileNotFoundError: it does not exist.
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
