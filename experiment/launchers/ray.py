"""Ray: an actor for each device of a cluster, which trains one part after the other."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from configs.schema import Study
from datamodules.table import Table
from experiment.launchers.folders import SharedFolder, keep_results
from experiment.launchers.local import several
from experiment.launchers.ray_actor import Device
from experiment.launchers.ray_cluster import cause_of, free_room, num_actors, settings
from experiment.record.log import log, tell
from experiment.rules.resources.fitting import num_cores
from experiment.run.exit_codes import CANNOT_CREATE, RunError, code_of, describe
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.interrupts import ENDING
from experiment.training.workers.part_training import Job
from experiment.training.workers.queue import MOST_DEATHS, Ended, Pool, Task

# `ray start` begins a cluster that asks for this token as soon as there is one, and whoever connects has to say so
# before Ray is imported.
if (Path.home() / ".ray" / "auth_token").is_file():
    os.environ.setdefault("RAY_AUTH_MODE", "token")

import ray
from ray.actor import ActorHandle
from ray.exceptions import RayError, RayTaskError

WAIT_SECONDS = 30.0
"""After which it is told that an actor has not started."""
CURE = "each machine needs the packages of this environment, and this folder or ray.upload=true (docs/scale.md)"


class RayWorkers:
    """Actors of a Ray cluster, begun when there is work for them; a task waits here for one that has started.

    One that dies is begun anew. One that cannot start leaves its device unused; where none can, the run ends.
    """

    def __init__(self, learner: str, study: Study, debug: bool) -> None:
        """Connect to the cluster of `study`, or start one. Raises RunError if there is none, or it is too small."""
        self.learner, self.training, self.debug, self.ray = learner, study.training, debug, study.ray
        try:
            ray.init(**settings(study))
            self.gpus, self.devices = num_actors(study, [one["Resources"] for one in ray.nodes() if one["Alive"]])
        except (RayError, ConnectionError, ValueError, RuntimeError) as error:
            cause = str(error).strip().partition("\n")[0]
            raise RunError(
                CANNOT_CREATE, f"ray.address: no cluster can be used ({cause}); see docs/scale.md"
            ) from error
        self.handed: list[Task] = []
        self.dropped: list[Ended] = []
        self.starting: dict[Any, tuple[ActorHandle, float]] = {}
        self.idle: list[ActorHandle] = []
        self.running: dict[Any, tuple[ActorHandle, Task]] = {}
        self.started = self.deaths = 0
        self.told: set[str] = set()
        self.jobs: WeakKeyDictionary[Job, tuple[int, Any, SharedFolder]] = WeakKeyDictionary()
        self.numbers = count()
        self.table: tuple[Table, Any] | None = None

    def study(self, study: Study) -> Study:
        """The `study` as the actors train it: on their device."""
        keys = {"accelerator": self.training.accelerator}
        return study.model_copy(update={"training": study.training.model_copy(update=keys)})

    def room(self) -> int:
        """How many tasks can begin now."""
        return max(0, self.devices - len(self.handed) - len(self.running))

    def begin(self, tasks: Sequence[Task]) -> None:
        """Hand each of `tasks` to an actor that has nothing to do, as soon as there is one. Raises OSError."""
        self.handed += tasks
        self._hand_over()

    def ended(self, seconds: float) -> list[Ended]:
        """The tasks that have ended; waits for one, but only so many `seconds`.

        Raises RunError if no actor can start, OSError.
        """
        ended, self.dropped = self.dropped, []
        if watched := [*self.running, *self.starting]:
            ray.wait(watched, timeout=0.0 if ended else seconds)
            done = ray.wait(watched, num_returns=len(watched), timeout=0)[0]
            for one in [one for one in done if one in self.starting]:
                self._started(one)
            ended += [self._ended(one) for one in done if one in self.running]
            self._hand_over()
            self._tell_who_waits()
        return ended

    def signal(self, tasks: Sequence[Task], number: int) -> None:
        """Send the signal `number` to those who train `tasks`; one that nobody trains yet has ended with it."""
        for actor, task in self.running.values():
            if task in tasks:
                actor.signal.remote(number)
        if number in ENDING:
            answer = {"code": 128 + number, "signal": number}
            self.dropped += [Ended(task, answer) for task in self.handed if task in tasks]
            self.handed = [task for task in self.handed if task not in tasks]

    def close(self) -> None:
        """End the actors, and the cluster if it is our own."""
        ray.shutdown()

    def _hand_over(self) -> None:
        """Hand tasks to the actors that wait for one, and start an actor for each task that is left."""
        while self.handed and self.idle:
            self._train(self.idle.pop(), self.handed.pop(0))
        for _ in range(min(len(self.handed), self.devices - len(self.running)) - len(self.starting)):
            actor = self._actor()
            self.starting[actor.has_started.remote()] = actor, time.monotonic()

    def _actor(self) -> ActorHandle:
        self.started += 1
        actor = ray.remote(Device).options(num_cpus=self.ray.cores, num_gpus=int(self.gpus), max_concurrency=2)
        found: ActorHandle = actor.remote(self.learner, self.started - 1, self.ray.cores, self.debug)  # type: ignore[assignment]
        return found

    def _train(self, actor: ActorHandle, task: Task) -> None:
        job = task.job
        if self.table is None or self.table[0] is not job.folds.table:
            self.table = job.folds.table, ray.put(job.folds.table)  # it goes to each node once
        if job not in self.jobs:
            rest = replace(job.folds, table=None)  # type: ignore[arg-type]
            self.jobs[job] = next(self.numbers), ray.put(rest), SharedFolder(job)
        number, folds, shared = self.jobs[job]
        given = number, job.study, self.table[1], folds, job.directory, job.parts, task.part, shared
        self.running[actor.train.remote(*given)] = actor, task

    def _started(self, one: Any) -> None:
        """An actor has started, or cannot. Raises RunError if it was the last one."""
        actor, _ = self.starting.pop(one)
        try:
            ray.get(one)
        except RayError as error:
            self.deaths += 1
            cause = cause_of(error)
            if not cause and self.deaths < MOST_DEATHS:
                return  # as when its node is lost: another one is begun
            self.devices -= 1
            what = f"an actor of Ray cannot start ({cause or 'it dies at once'})"
            if not self.devices:
                raise RunError(CANNOT_CREATE, f"{what}; {CURE}") from error
            self._tell_once("cannot start", f"{what}; the others take over")
        else:
            self.deaths = 0
            self.idle.append(actor)

    def _ended(self, done: Any) -> Ended:
        """What has come of a task; its process or its node may have died."""
        actor, task = self.running.pop(done)
        try:
            answer, files = ray.get(done)
        except RayTaskError as error:
            self.idle.append(actor)
            cause = error.cause
            return Ended(task, {"code": code_of(cause), "message": f"an actor of Ray: {describe(cause)}"})
        except RayError:
            answer, files = None, {}
        else:
            self.idle.append(actor)
        keep_results(task.job, files)
        return Ended(task, answer, f"what trained {task.members} has died; they go on elsewhere" * (answer is None))

    def _tell_who_waits(self) -> None:
        late = [since for _, since in self.starting.values() if time.monotonic() - since > WAIT_SECONDS]
        if late and self.handed:
            room = free_room(ray.available_resources(), ray.cluster_resources())
            what = f"{len(late)} of {self.devices} actors of Ray have not started after {WAIT_SECONDS:.0f} s"
            self._tell_once("late", f"{what} ({room}); waiting")

    def _tell_once(self, kind: str, line: str) -> None:
        if kind not in self.told:
            self.told.add(kind)
            log.info("ray: %s", line)
            tell(f"{self.learner}: {line}")


@contextmanager
def workers(study: Study, directory: FrameworkDirectory, debug: bool) -> Iterator[RayWorkers]:
    """The actors of a study. Raises RunError if there is no cluster that has room for them."""
    found = RayWorkers(directory.name, study, debug)
    log.info("ray: %d actors, each with %d cores%s", found.devices, study.ray.cores, " and a GPU" * found.gpus)
    try:
        yield found
    finally:
        found.close()


@contextmanager
def processes(study: Study, learner: str, debug: bool) -> Iterator[Pool | None]:
    """An actor for each core of the cluster, for baselines; processes without Ray where the cluster is this machine."""
    asked = study.training.devices
    if study.ray.address is None:
        with several(study, learner, debug, asked if isinstance(asked, int) else num_cores()) as local:
            yield local
        return
    training = study.training.model_copy(update={"accelerator": "cpu", "devices": "auto"})
    every = {"training": training, "ray": study.ray.model_copy(update={"cores": 1})}
    found = RayWorkers(learner, study.model_copy(update=every), debug)
    try:
        yield found
    finally:
        found.close()
