"""One queue of the parts of several jobs: a device that is free takes the largest, of whichever job."""

import time
from collections import Counter
from collections.abc import Sequence
from signal import SIGTERM
from typing import Any, NamedTuple, Protocol

from experiment.record.log import log, tell
from experiment.run.exit_codes import NUMERICAL_FAILURE, RunError
from experiment.training.interrupts import SAVING, Interrupted, Interrupts
from experiment.training.workers.following import Following
from experiment.training.workers.part_training import Job
from experiment.training.workers.parts import Part

FOLLOW_SECONDS = 0.25
"""Seconds between two polls of the workers' records, and of signals."""
MOST_DEATHS = 3
"""Deaths of a part's process after which its job is given up: the part may be what kills them."""


class Task(NamedTuple):
    """A part of a job, and its estimated work; only the ratio to other tasks counts."""

    job: Job
    part: Part
    work: float = 0.0

    @property
    def members(self) -> str:
        """`members 0 to 2`."""
        return f"members {self.part.start} to {self.part.stop - 1}"


class Ended(NamedTuple):
    """A task that no device trains any more.

    Attributes:
        task: it.
        answer: of its worker: nothing, the signal that has ended it, or what is wrong; None if it has died.
        told: what to say of that.
    """

    task: Task
    answer: dict[str, Any] | None
    told: str = ""


class Pool(Protocol):
    """Devices of which each trains one part at a time; `devices` is their number, 0 for as many as there are tasks."""

    devices: int

    def room(self) -> int:
        """How many tasks can begin now. Raises RunError or Interrupted if no device will be free any more."""

    def begin(self, tasks: Sequence[Task]) -> None:
        """Begin `tasks`, as many as there is room for at most. Raises RunError if they are refused."""

    def ended(self, seconds: float) -> list[Ended]:
        """The tasks that have ended; waits for one, but only so many `seconds`. Raises OSError."""

    def signal(self, tasks: Sequence[Task], number: int) -> None:
        """Send the signal `number` to those who train `tasks`."""


class Queue:
    """Jobs whose parts a pool trains; those of a job that has failed are dropped, and the other jobs go on."""

    def __init__(self, pool: Pool, interrupts: Interrupts | None = None) -> None:
        """Nothing is in it yet. Signals come to `interrupts`, if there are any."""
        self.pool, self.interrupts = pool, interrupts
        self.passed: int | None = None
        if interrupts:
            interrupts.listen()  # Ray has handlers of its own
        self.jobs: dict[Job, Following | None] = {}
        self.waiting: list[Task] = []
        self.running: list[Task] = []
        self.errors: dict[Job, RunError] = {}
        self.deaths: Counter[Task] = Counter()
        self.looked = 0.0

    def add(self, job: Job, work: float = 1.0, following: Following | None = None) -> int:
        """Put the unfinished parts of a `job` into the queue; return their number.

        `work` is the estimated work of a member. Its progress is shown by `following`, which is started here.
        """
        tasks = [Task(job, part, work * len(part)) for part in job.parts.unfinished()]
        self.waiting = sorted([*self.waiting, *tasks], key=lambda task: task.work, reverse=True)
        self.jobs[job] = following if tasks else None
        if following and tasks:
            following.start()
        return len(tasks)

    def turn(self, seconds: float = FOLLOW_SECONDS) -> list[tuple[Job, RunError | None]]:
        """Begin what there is room for, and wait, `seconds` at most, until a part has ended; the jobs that are over.

        Raises:
            Interrupted: a signal came, and all states are saved.
            RunError: no device is left.
        """
        self._begin()
        for one in self.pool.ended(seconds if self.running else 0.0):
            self._judge(one)
        self._begin()  # no device waits for what is done with the jobs that are over
        self._look()
        self._pass_on()
        over = self._over()
        if not over and not self.running and self._received is not None:
            raise Interrupted(self._received)
        return over

    def close(self) -> None:
        """Stop showing the jobs that are not over."""
        for following in filter(None, self.jobs.values()):
            following.stop()
        self.jobs = {}

    @property
    def _received(self) -> int | None:
        return self.interrupts.received if self.interrupts else None

    def _begin(self) -> None:
        if self.waiting and self._received is None:
            room = self.pool.room()
            begun, self.waiting = self.waiting[:room], self.waiting[room:]
            if begun:
                self.running += begun
                self.pool.begin(begun)

    def _judge(self, one: Ended) -> None:
        task, answer = one.task, one.answer
        self.running.remove(task)
        if one.told and self._received is None and task.job not in self.errors:
            tell(f"{task.job.learner}: {one.told}")
        if answer == {}:
            return
        if answer is None:
            self.deaths[task] += 1
            if self.deaths[task] >= MOST_DEATHS:
                cause = f"{task.members} have died {MOST_DEATHS} times; continue with --resume"
                self._fail(task.job, RunError(NUMERICAL_FAILURE, cause))
        elif "message" in answer:
            self._fail(task.job, RunError(answer["code"], answer["message"]))
        if task.job not in self.errors:
            self.waiting.insert(0, task)

    def _fail(self, job: Job, error: RunError) -> None:
        """Drop the parts of a `job` that wait, and end those that train, once their states are saved."""
        self.errors.setdefault(job, error)
        self.waiting = [task for task in self.waiting if task.job is not job]
        self.pool.signal([task for task in self.running if task.job is job], SIGTERM)

    def _look(self) -> None:
        if time.monotonic() - self.looked >= FOLLOW_SECONDS:
            for following in filter(None, self.jobs.values()):
                following.look()
            self.looked = time.monotonic()

    def _pass_on(self) -> None:
        if self.interrupts is None:
            return
        if self._received != self.passed:
            self.passed = self._received
            self.pool.signal(self.running, self.passed or SIGTERM)
        if self.interrupts.wants_state:
            self.interrupts.wants_state = False
            self.pool.signal(self.running, SAVING)

    def _over(self) -> list[tuple[Job, RunError | None]]:
        busy = {task.job for task in (*self.waiting, *self.running)}
        over = [job for job in self.jobs if job not in busy]
        for job in over:
            if following := self.jobs.pop(job):
                following.stop()
        return [(job, self.errors.pop(job, None)) for job in over]


def tell_idle(learner: str, devices: int, parts: int) -> bool:
    """Say how many `devices` have nothing to do, if there are fewer `parts` than devices; return whether."""
    if idle := 0 < parts < devices:
        few = "all members train as one part" if parts == 1 else f"there are {parts} parts to train"
        unused = f"devices: {devices - parts} of {devices} have nothing to do; {few}: a smaller stack.size makes more"
        log.info(unused)
        tell(f"{learner}: {unused}")
    return idle
