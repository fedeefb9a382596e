"""Load of the machine before a measurement."""

import time
from pathlib import Path

BUSY = 0.15


def busy_share(seconds: float = 2.0) -> float | None:
    """Share of all processor time that anybody used during the next `seconds`; None where the system does not say."""
    before = _ticks()
    if before is None:
        return None
    time.sleep(seconds)
    after = _ticks()
    assert after is not None
    total, idle = (now - then for now, then in zip(after, before, strict=True))
    return round(1.0 - idle / total, 3) if total else 0.0


def complaint(share: float | None) -> str:
    """Warning about a machine that is `share` busy; empty if it is quiet."""
    if share is None or share <= BUSY:
        return ""
    return f"the machine is {share:.0%} busy with something else: these numbers will not be repeated on a quiet one"


def _ticks() -> tuple[int, int] | None:
    path = Path("/proc/stat")
    if not path.is_file():
        return None
    fields = [int(field) for field in path.read_text().splitlines()[0].split()[1:9]]
    return sum(fields), fields[3] + fields[4]
