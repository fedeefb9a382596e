"""This machine: a worker process for each device, which trains one part after the other."""

import selectors
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from configs.schema import Study
from experiment.run.exit_codes import RunError
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.interrupts import ENDING, Interrupted
from experiment.training.workers.part_training import Job
from experiment.training.workers.queue import Ended, Task
from experiment.training.workers.sharing import device_environments, num_devices
from experiment.training.workers.workers import JobFile, Worker


class LocalWorkers:
    """Worker processes on this machine, started when there is work for them; one that dies leaves its device unused."""

    def __init__(self, learner: str, study: Study, debug: bool) -> None:
        """For the devices of `study`. Raises StudyError if there are too few GPUs."""
        self.learner, self.training, self.debug = learner, study.training, debug
        self.environments = device_environments(study)
        self.devices = len(self.environments)
        self.unused = [*range(self.devices)]
        self.alive: dict[int, Worker] = {}
        self.tasks: dict[int, Task] = {}
        self.signalled: set[int] = set()
        self.lost: list[dict[str, Any]] = []
        self.files: WeakKeyDictionary[Job, JobFile] = WeakKeyDictionary()

    def study(self, study: Study) -> Study:
        """The `study` as the workers train it: on their device."""
        keys = {"accelerator": self.training.accelerator}
        return study.model_copy(update={"training": study.training.model_copy(update=keys)})

    def room(self) -> int:
        """How many tasks can begin now. Raises RunError or Interrupted if all workers have been killed."""
        if not self.alive and not self.unused:
            for answer in self.lost:
                if answer["signal"] in ENDING:
                    raise Interrupted(answer["signal"])
            raise RunError(self.lost[-1]["code"], "no worker is left; continue with --resume")
        return len(self.alive) - len(self.tasks) + len(self.unused)

    def begin(self, tasks: Sequence[Task]) -> None:
        """Hand each of `tasks` to a worker that has nothing to do. Raises OSError."""
        for task in tasks:
            if task.job not in self.files:
                self.files[task.job] = JobFile(task.job)
            worker = self._idle()
            self.tasks[worker.number] = task
            worker.hand(self.files[task.job], task.part)

    def ended(self, seconds: float) -> list[Ended]:
        """The tasks that have ended; waits for one, but only so many `seconds`."""
        with selectors.DefaultSelector() as selector:
            for number in self.tasks:
                selector.register(self.alive[number].line, selectors.EVENT_READ, number)
            return [self._ended(key.data) for key, _ in selector.select(seconds)]

    def signal(self, tasks: Sequence[Task], number: int) -> None:
        """Send the signal `number` to those who train `tasks`."""
        for place, task in self.tasks.items():
            if task in tasks:
                self.alive[place].process.send_signal(number)
                if number in ENDING:
                    self.signalled.add(place)

    def close(self) -> None:
        """End all workers."""
        for number in [*self.alive]:
            self.alive.pop(number).close()

    def _idle(self) -> Worker:
        for number, worker in self.alive.items():
            if number not in self.tasks:
                return worker
        number = self.unused.pop(0)
        worker = self.alive[number] = Worker(self.learner, number, self.environments[number], self.debug)
        return worker

    def _ended(self, number: int) -> Ended:
        """What has come of the task of worker `number`, which has said so or died."""
        task, worker = self.tasks.pop(number), self.alive[number]
        answer = worker.answer()
        if answer == {}:
            return Ended(task, answer)
        del self.alive[number]
        worker.close()
        code = worker.process.returncode
        ending = answer or {"code": 128 - code if code < 0 else code, "signal": max(0, -code)}
        if "message" in ending or number in self.signalled:
            self.signalled.discard(number)
            self.unused.append(number)
            return Ended(task, ending)
        self.lost.append(ending)
        told = f"worker {number} was ended by {_named(self.lost[-1])}"
        return Ended(task, answer, f"{told}; the others take over" if self.alive or self.unused else told)


@contextmanager
def workers(study: Study, directory: FrameworkDirectory, debug: bool) -> Iterator[LocalWorkers | None]:
    """The workers of a study with several devices; None for one, on which this process trains itself.

    Raises StudyError if there are too few GPUs.
    """
    if num_devices(study) == 1:
        yield None
        return
    local = LocalWorkers(directory.name, study, debug)
    try:
        yield local
    finally:
        local.close()


@contextmanager
def processes(study: Study, learner: str, debug: bool) -> Iterator[LocalWorkers | None]:
    """As many processes for baselines as the study has devices; None for one."""
    with several(study, learner, debug, num_devices(study)) as local:
        yield local


@contextmanager
def several(study: Study, learner: str, debug: bool, count: int) -> Iterator[LocalWorkers | None]:
    """So many processes that share the cores of this machine; None for one."""
    if count == 1:
        yield None
        return
    training = study.training.model_copy(update={"accelerator": "cpu", "devices": count, "strategy": "members"})
    local = LocalWorkers(learner, study.model_copy(update={"training": training}), debug)
    try:
        yield local
    finally:
        local.close()


def _named(answer: dict[str, Any]) -> str:
    return signal.Signals(answer["signal"]).name if answer["signal"] else f"exit code {answer['code']}"
