"""Ray: an actor for each device of a cluster, which trains one part after the other."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from weakref import WeakKeyDictionary

from configs.files.places import PROJECT
from configs.schema import Study
from datamodules.fold_data import FoldData
from datamodules.table import Table
from experiment.launchers.folders import SharedFolder, keep_results, moved, results_of
from experiment.launchers.local import several
from experiment.record.log import log
from experiment.rules.resources.fitting import num_cores
from experiment.run.exit_codes import CANNOT_CREATE, RunError
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.interrupts import ENDING
from experiment.training.workers.part_training import Job
from experiment.training.workers.parts import Part, Parts
from experiment.training.workers.queue import Ended, Pool, Task
from experiment.training.workers.sharing import CORES
from experiment.training.workers.workers import JobFile, Worker

# `ray start` begins a cluster that asks for this token as soon as there is one, and whoever connects has to say so
# before Ray is imported.
if (Path.home() / ".ray" / "auth_token").is_file():
    os.environ.setdefault("RAY_AUTH_MODE", "token")

import ray
from ray.actor import ActorHandle
from ray.exceptions import RayActorError, RayError

UPLOAD_WITHOUT = (".git", ".venv", ".venv-*", "runs", "**/__pycache__")


class Device:
    """The actor of one device: it holds a worker process, since an actor's own could not be told to save its state."""

    def __init__(self, learner: str, number: int, cores: int, debug: bool) -> None:
        """Ray has set `CUDA_VISIBLE_DEVICES` for it."""
        self.given = learner, number, {CORES: str(cores)}, debug
        self.worker: Worker | None = None
        self.here: _Here | None = None
        self.ending: int | None = None

    def train(
        self, number: int, study: Study, table: Table, folds: FoldData, directory: FrameworkDirectory, parts: Parts,
        part: Part, shared: SharedFolder,
    ) -> tuple[dict[str, Any] | None, dict[str, bytes]]:  # fmt: skip
        """The worker's answer to a `part` of job `number`, None if it has died; its files, if no folder is shared."""
        if self.here is None or self.here.number != number:
            self.here = None  # before the next job takes memory
            self.here = _Here(number, Job(study, replace(folds, table=table), directory, parts), shared)
        if self.worker is None:
            self.worker = Worker(*self.given)
        self.worker.hand(self.here.file, part)
        if self.ending is not None:  # it came before there was a worker
            self.worker.process.send_signal(self.ending)
        answer, self.ending = self.worker.answer(), None
        if answer != {}:
            self.worker.close()
            self.worker = None
        return answer, self.here.results(part)

    def signal(self, number: int) -> None:
        """Send the worker a signal."""
        if self.worker is not None:
            self.worker.process.send_signal(number)
        elif number in ENDING:
            self.ending = number


class _Here:
    """A job as an actor's machine has it: in its folder, or where that is not shared in one of its own."""

    def __init__(self, number: int, job: Job, shared: SharedFolder) -> None:
        self.number, self.own = number, None if shared.is_here() else TemporaryDirectory()
        self.job = moved(job, Path(self.own.name)) if self.own else job
        self.file = JobFile(self.job)

    def results(self, part: Part) -> dict[str, bytes]:
        return results_of(self.job, part) if self.own else {}


class RayWorkers:
    """Actors of a Ray cluster, begun when there is work for them; one that dies is begun anew."""

    def __init__(self, learner: str, study: Study, debug: bool) -> None:
        """Connect to the cluster of `study`, or start one. Raises RunError if there is none, or it is too small."""
        self.learner, self.training, self.debug, self.ray = learner, study.training, debug, study.ray
        try:
            ray.init(**_settings(study))
            self.gpus, self.devices = _devices(study)
        except (RayError, ConnectionError, ValueError, RuntimeError) as error:
            cause = str(error).strip().partition("\n")[0]
            raise RunError(
                CANNOT_CREATE, f"ray.address: no cluster can be used ({cause}); see docs/scale.md"
            ) from error
        self.idle: list[ActorHandle] = []
        self.running: dict[Any, tuple[ActorHandle, Task]] = {}
        self.started = 0
        self.jobs: WeakKeyDictionary[Job, tuple[int, Any, SharedFolder]] = WeakKeyDictionary()
        self.numbers = count()
        self.table: tuple[Table, Any] | None = None

    def study(self, study: Study) -> Study:
        """The `study` as the actors train it: on their device."""
        keys = {"accelerator": self.training.accelerator}
        return study.model_copy(update={"training": study.training.model_copy(update=keys)})

    def room(self) -> int:
        """How many tasks can begin now."""
        return self.devices - len(self.running)

    def begin(self, tasks: Sequence[Task]) -> None:
        """Hand each of `tasks` to an actor that has nothing to do. Raises OSError."""
        for task in tasks:
            job = task.job
            if self.table is None or self.table[0] is not job.folds.table:
                self.table = job.folds.table, ray.put(job.folds.table)  # it goes to each node once
            if job not in self.jobs:
                rest = replace(job.folds, table=None)  # type: ignore[arg-type]
                self.jobs[job] = next(self.numbers), ray.put(rest), SharedFolder(job)
            number, folds, shared = self.jobs[job]
            actor = self.idle.pop() if self.idle else self._actor()
            given = number, job.study, self.table[1], folds, job.directory, job.parts, task.part, shared
            self.running[actor.train.remote(*given)] = actor, task

    def ended(self, seconds: float) -> list[Ended]:
        """The tasks that have ended; waits for one, but only so many `seconds`. Raises OSError."""
        if not self.running:
            return []
        if ray.wait([*self.running], timeout=seconds)[0]:
            done = ray.wait([*self.running], num_returns=len(self.running), timeout=0)[0]
            return [self._ended(one) for one in done]
        return []

    def signal(self, tasks: Sequence[Task], number: int) -> None:
        """Send the signal `number` to those who train `tasks`."""
        for actor, task in self.running.values():
            if task in tasks:
                actor.signal.remote(number)

    def close(self) -> None:
        """End the actors, and the cluster if it is our own."""
        ray.shutdown()

    def _actor(self) -> ActorHandle:
        self.started += 1
        actor = ray.remote(Device).options(num_cpus=self.ray.cores, num_gpus=int(self.gpus), max_concurrency=2)
        found: ActorHandle = actor.remote(self.learner, self.started - 1, self.ray.cores, self.debug)  # type: ignore[assignment]
        return found

    def _ended(self, done: Any) -> Ended:
        """What has come of a task; its process or its node may have died."""
        actor, task = self.running.pop(done)
        try:
            answer, files = ray.get(done)
            self.idle.append(actor)
        except RayActorError:
            answer, files = None, {}
        keep_results(task.job, files)
        return Ended(task, answer, f"what trained {task.members} has died; they go on elsewhere" * (answer is None))


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


def _settings(study: Study) -> dict[str, Any]:
    """Arguments of `ray.init`."""
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(PROJECT)]))
    runtime: dict[str, Any] = {"env_vars": {"PYTHONPATH": path}}
    if study.ray.upload:
        runtime = {"working_dir": str(PROJECT), "excludes": list(UPLOAD_WITHOUT)}
    quiet = {"log_to_driver": False, "logging_level": "error", "configure_logging": False}
    if study.ray.address is not None:
        return {"address": study.ray.address, "runtime_env": runtime, **quiet}
    return {"include_dashboard": False, "runtime_env": runtime, **quiet}


def _devices(study: Study) -> tuple[bool, int]:
    """Whether the actors have GPUs, and how many there are; `auto` is all that the cluster has room for."""
    there = ray.cluster_resources()
    gpus = int(there.get("GPU", 0)) if study.training.accelerator != "cpu" else 0
    room = gpus or int(there.get("CPU", 0)) // study.ray.cores
    asked = study.training.devices
    if isinstance(asked, int) and asked > room:
        what = "GPUs" if gpus else f"times {study.ray.cores} cores"
        raise ValueError(f"it has {room} {what}, and training.devices is {asked}")
    return bool(gpus), asked if isinstance(asked, int) else max(1, room)
