"""Where tasks of SLURM are until they have ended: the queue of a cluster."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from experiment.launchers.slurm_answers import is_stopped
from experiment.record.log import log
from experiment.training.interrupts import shielded_from_ctrl_c

if TYPE_CHECKING:
    import submitit

ASK_SECONDS = 10.0
"""Between two questions to SLURM, what has become of the tasks; one that is done says so by a file."""
CANCEL_SECONDS = 45.0
"""After which a cancelled task is waited for no more: SLURM kills it after 30 (`KillWait`), if it reaches its node."""
ANSWER_SECONDS = 60.0
"""For a command of SLURM, which itself tries for some seconds to reach a controller."""
OVER = (
    "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "TIMEOUT",
)  # fmt: skip
"""States of a task that does not run any more, nor will again by itself."""
CANCELLED = "CANCELLED"
SOON = ("None", "BeginTime")
"""Reasons to wait that are gone by themselves: a task that is requeued begins after two minutes."""


class State(NamedTuple):
    """What SLURM says of a task: `name` is one of its states, "" if it knows none; `reason` is why it waits."""

    name: str
    reason: str = ""


class TaskQueue(Protocol):
    """Where tasks are until they have ended."""

    def over(self, tasks: Sequence[submitit.Job]) -> Mapping[submitit.Job, State]:
        """Those of `tasks` that have ended, and how; what they answer is in a file, if they could."""

    def waiting(self, tasks: Sequence[submitit.Job]) -> set[str]:
        """The reasons why none of `tasks` runs; empty if one does, or if it is not known."""

    def cancel(self, tasks: Sequence[submitit.Job]) -> None:
        """Let `tasks` save their states and end."""

    def hold(self) -> None:
        """Tasks begin."""

    def close(self) -> None:
        """Cancel the tasks that are left."""


class ClusterQueue:
    """The queue of a cluster, by `squeue`, which every one has: `sacct` needs a data base of accounts."""

    def __init__(self, comment: str) -> None:
        """All tasks of the run, and none of another one, have this `comment`."""
        self.comment = comment
        self.asked, self.states = 0.0, dict[str, State]()
        self.gone: set[submitit.Job] = set()
        self.cancelled: dict[submitit.Job, float] = {}
        self.ended: set[str] = set()
        self.silent = False

    def over(self, tasks: Sequence[submitit.Job]) -> dict[submitit.Job, State]:
        """Those of `tasks` that have ended, and how."""
        for folder in {one.paths.folder for one in tasks}:
            refresh(folder)
        done = {one: State("COMPLETED") for one in tasks if one.paths.result_pickle.exists() and not is_stopped(one)}
        if len(done) < len(tasks) and self._is_time():
            self._ask([one for one in tasks if one not in done])
            gone = {one for one in tasks if one not in done and self._is_over(one)}
            # What has just ended may have an answer that is not to be seen in a shared folder yet.
            done |= {one: self._state(one) for one in gone if one in self.gone or one in self.cancelled}
            self.gone = gone
        self.ended |= {one.job_id for one in done}
        return done

    def waiting(self, tasks: Sequence[submitit.Job]) -> set[str]:
        """The reasons why none of `tasks` runs."""
        states = [self.states.get(one.job_id, State("")) for one in tasks]
        return {one.reason for one in states} - {*SOON} if all(one.name == "PENDING" for one in states) else set()

    def cancel(self, tasks: Sequence[submitit.Job]) -> None:
        """Let `tasks` save their states, for which SLURM gives them 30 seconds, and end."""
        if tasks:
            answered("scancel", *(one.job_id for one in tasks))
            self.cancelled |= dict.fromkeys(tasks, time.monotonic())
            self.asked = 0.0

    def hold(self) -> None:
        """Nothing: the tasks need not follow this process."""

    def close(self) -> None:
        """Cancel what is left, also of a process that was killed before it could."""
        form = ("--noheader", "--all", "--array", f"--user={os.getuid()}", "--format=%i|%k")
        if found := answered("squeue", *form):
            lines = [line.partition("|") for line in found.stdout.splitlines()]
            left = {number for number, _, comment in lines if comment.strip() == self.comment} - self.ended
            if left:
                answered("scancel", *sorted(left))

    def _is_time(self) -> bool:
        return time.monotonic() > self.asked + (1.0 if self.cancelled else ASK_SECONDS)

    def _ask(self, tasks: Sequence[submitit.Job]) -> None:
        states = states_of({one.job_id.partition("_")[0] for one in tasks})
        self.asked = time.monotonic()
        if states is None and not self.silent:
            log.info("slurm: squeue does not answer; the tasks are waited for")
        self.silent = states is None
        if states is not None:
            self.states = states

    def _state(self, one: submitit.Job) -> State:
        return self.states.get(one.job_id, State(""))

    def _is_over(self, one: submitit.Job) -> bool:
        late = time.monotonic() > self.cancelled.get(one, float("inf")) + CANCEL_SECONDS
        return late or (not self.silent and self._state(one).name in ("", *OVER))


def states_of(arrays: Iterable[str]) -> dict[str, State] | None:
    """What SLURM says of all tasks of some job `arrays`, by their numbers; None if it cannot be asked."""
    form = ("--noheader", "--all", "--array", "--states=all", "--format=%i|%T|%r")
    found = answered("squeue", *form, f"--jobs={','.join(sorted(arrays))}")
    if found is None or (found.returncode and "Invalid job id" not in found.stderr):  # it has forgotten all of them
        return None
    lines = [line.split("|", 2) for line in found.stdout.splitlines() if line.count("|") >= 2]
    return {number: State(name, reason) for number, name, reason in lines}


def answered(*words: str) -> subprocess.CompletedProcess[str] | None:
    """What a command of SLURM says, as if there were no variables for its options; None if it does not answer."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SQUEUE_", "SCANCEL_"))}
    try:
        with shielded_from_ctrl_c():
            return subprocess.run(words, input="", capture_output=True, text=True, env=own, timeout=ANSWER_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        log.info("slurm: %s does not answer (%s)", words[0], error)
        return None


def refresh(folder: Path) -> None:
    """Let a shared `folder` show what other machines have written into it.

    https://stackoverflow.com/questions/3112546/os-path-exists-lies
    """
    with suppress(OSError):
        folder.chmod(folder.stat().st_mode)
