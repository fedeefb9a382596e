"""Tasks of SLURM as processes of this machine, to try what is to be submitted."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import BaseFileLock

from experiment.launchers.slurm_queues import State
from experiment.launchers.slurm_task import HELD
from experiment.run.locks import acquired

if TYPE_CHECKING:
    import submitit


class OwnProcesses:
    """Processes of this machine, which end with this one: they follow a lock that it holds in their `folder`."""

    def __init__(self, folder: Path) -> None:
        """None has started yet."""
        self.folder = folder
        self.held: BaseFileLock | None = None
        self.cancelled: set[submitit.Job] = set()

    def hold(self) -> None:
        """Hold the lock of the folder, which is there now."""
        self.held = self.held or acquired(self.folder / HELD)

    def over(self, tasks: Sequence[submitit.Job]) -> dict[submitit.Job, State]:
        """Those of `tasks` that have ended."""
        self.cancel([one for one in tasks if one in self.cancelled])  # again: one may not have heard it while it began
        return {one: State("") for one in tasks if one.done()}

    def waiting(self, tasks: Sequence[submitit.Job]) -> set[str]:
        """None waits."""
        return set()

    def cancel(self, tasks: Sequence[submitit.Job]) -> None:
        """Let `tasks` save their states and end; submitit gives them a second for that."""
        self.cancelled |= {*tasks}
        for one in tasks:
            if not one.done():
                with suppress(ProcessLookupError):
                    os.kill(int(one.job_id), signal.SIGTERM)

    def close(self) -> None:
        """Release the lock, which ends those that are left."""
        if self.held is not None:
            self.held.release()
