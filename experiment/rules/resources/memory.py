"""Memory that a process may still take: of the machine, and of the control groups that it runs in.

Only the standard library is imported, so that `scripts/doctor.py` can ask in a broken environment.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# Names of a control group's limit, of its use, and of what it holds of files and can drop: version 2, version 1.
_V2 = ("memory.max", "memory.current", "inactive_file")
_V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def free_memory(root: Path = Path("/")) -> int:
    """Available bytes, reclaimable caches included: the smallest that the machine or a control group has.

    The total memory where nothing is reported. `root` holds `proc` and `sys`.
    """
    reported = [_machine(root / "proc" / "meminfo"), *_groups(root)]
    known = [size for size in reported if size is not None]
    return max(0, min(known)) if known else os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _machine(information: Path) -> int | None:
    kib = _fields(information).get("MemAvailable:")
    return None if kib is None else kib * 1024


def _groups(root: Path) -> Iterator[int | None]:
    """What each control group around this process still allows; None of one without a limit."""
    for line in _lines(root / "proc" / "self" / "cgroup"):
        _, controllers, place = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        names = _V1 if controllers else _V2
        mount = root / "sys" / "fs" / "cgroup" / ("memory" if controllers else "")
        own = mount / place.lstrip("/")
        yield from (_left(folder, *names) for folder in (own, *own.parents) if folder.is_relative_to(mount))


def _left(folder: Path, limit: str, use: str, cache: str) -> int | None:
    with suppress(OSError, ValueError):  # "max" is no limit, and the outermost group has no such files
        most, used = (int((folder / name).read_text()) for name in (limit, use))
        return most - used + _fields(folder / "memory.stat").get(cache, 0)
    return None


def _fields(path: Path) -> dict[str, int]:
    """The numbers of a file with lines of a name and a number."""
    words = (line.split() for line in _lines(path))
    return {name: int(number) for name, number, *_ in words if number.isdigit()}


def _lines(path: Path) -> list[str]:
    with suppress(OSError):
        return path.read_text().splitlines()
    return []
