"""Resident memory of this process, in MiB."""

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def peak_mib() -> float:
    """Peak of the resident memory since the start or since `reset_peak`."""
    if _STATUS.is_file():
        return _field("VmHWM:")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (2**20 if sys.platform == "darwin" else 2**10), 1)


def resident_mib() -> float:
    """Resident memory now; the peak where the system does not say."""
    return _field("VmRSS:") if _STATUS.is_file() else peak_mib()


def reset_peak() -> None:
    """Let `peak_mib` start anew, where the system can."""
    if _CLEAR.exists():
        _CLEAR.write_text("5")


def _field(name: str) -> float:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return round(int(line.split()[1]) / 1024, 1)
