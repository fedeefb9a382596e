"""The processes that a command has started, for tests that kill some of them."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import Popen

WAIT = 60.0


def session_of(process: Popen) -> dict[int, bytes]:
    """The processes that a command has started in a session of its own, and itself: number -> command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(folder.name)) == process.pid:
                found[int(folder.name)] = (folder / "cmdline").read_bytes()
    return {number: line for number, line in found.items() if line}  # a zombie has none


def workers_of(process: Popen, learner: str = "") -> list[int]:
    """Those that train parts, of one learner or of all."""
    lines = session_of(process).items()
    return [number for number, line in lines if b"--worker=" in line and learner.encode() in line]


def wait_until(condition: Callable[[], object], seconds: float = WAIT) -> None:
    """Wait until a condition holds, a minute at most."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)
