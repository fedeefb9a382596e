"""Ray: an actor for each device of a cluster, which takes one part after the other."""

import os
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import ray
from ray.actor import ActorHandle
from ray.exceptions import RayActorError, RayError

from configs.files.places import PROJECT
from configs.schema import Study
from datamodules.fold_data import FoldData
from experiment.launchers.folders import SharedFolder, keep_results, moved, results_of
from experiment.record.history import History
from experiment.record.log import log, tell
from experiment.run.exit_codes import CANNOT_CREATE, NUMERICAL_FAILURE, RunError
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.interrupts import ENDING, SAVING, Interrupted, Interrupts
from experiment.training.workers.following import Following
from experiment.training.workers.part_training import Job
from experiment.training.workers.parts import Part, Parts
from experiment.training.workers.sharing import CORES
from experiment.training.workers.workers import FOLLOW_SECONDS, Worker

MOST_DEATHS = 3
"""Deaths of a part's process after which the part is given up: it may be what kills it."""
UPLOAD_WITHOUT = (".git", ".venv", ".venv-*", "runs", "**/__pycache__")


class Device:
    """The actor of one device: it holds a worker process, since an actor's own could not be told to save its state."""

    def __init__(self, framework: str, number: int, cores: int, debug: bool) -> None:
        """Ray has set `CUDA_VISIBLE_DEVICES` for it."""
        self.given = framework, number, {CORES: str(cores)}, debug
        self.worker: Worker | None = None

    def train(
        self, study: Study, folds: FoldData, directory: FrameworkDirectory, parts: Parts, shared: SharedFolder
    ) -> tuple[dict[str, Any] | None, dict[str, bytes]]:
        """The worker's answer to the job of `parts`, None if it has died; and their files, if no folder is shared."""
        job = Job(study, folds, directory, parts)
        if shared.is_here():
            return self._answer(job), {}
        with TemporaryDirectory() as folder:
            here = moved(job, Path(folder))
            return self._answer(here), results_of(here)

    def signal(self, number: int) -> None:
        """Send the worker a signal."""
        if self.worker is not None:
            self.worker.process.send_signal(number)

    def _answer(self, job: Job) -> dict[str, Any] | None:
        if self.worker is None:
            self.worker = Worker(*self.given)
        with TemporaryFile() as file:
            pickle.dump(job, file, protocol=pickle.HIGHEST_PROTOCOL)
            file.flush()
            self.worker.hand(file)
            answer = self.worker.answer()
        if answer != {}:
            self.worker.close()
            self.worker = None
        return answer


@dataclass(frozen=True)
class Running:
    """A part that an actor trains."""

    actor: ActorHandle
    part: Part


class RayWorkers:
    """Actors of a Ray cluster."""

    def __init__(self, framework: str, study: Study, debug: bool) -> None:
        """Connect to the cluster of `study`, or start one. Raises RunError if there is none, or it is too small."""
        self.framework, self.training, self.debug, self.ray = framework, study.training, debug, study.ray
        try:
            ray.init(**_settings(study))
            self.gpus, self.count = _devices(study)
        except (RayError, ConnectionError, ValueError, RuntimeError) as error:
            cause = str(error).strip().partition("\n")[0]
            raise RunError(
                CANNOT_CREATE, f"ray.address: no cluster can be used ({cause}); see docs/scale.md"
            ) from error
        self.idle = [self._actor(number) for number in range(self.count)]
        self.deaths: dict[str, int] = {}

    def study(self, study: Study) -> Study:
        """The `study` as the actors train it: on their device."""
        keys = {"accelerator": self.training.accelerator}
        return study.model_copy(update={"training": study.training.model_copy(update=keys)})

    def train(self, job: Job, interrupts: Interrupts, history: History) -> None:
        """Train until all parts of `job` are finished, and write what comes of it into `history`.

        Raises Interrupted if a signal came, RunError if a part cannot be trained.
        """
        interrupts.listen()  # Ray has handlers of its own
        waiting, running = job.parts.unfinished(), dict[Any, Running]()
        if not waiting:
            return
        folds, shared = ray.put(job.folds), SharedFolder(job)  # the table goes to each node once
        passed: int | None = None
        failed: RunError | None = None
        with Following(job, history) as following:
            while running or (waiting and failed is None and interrupts.received is None):
                while waiting and self.idle and failed is None and interrupts.received is None:
                    actor, part = self.idle.pop(0), waiting.pop(0)
                    known = job.study, folds, job.directory, job.parts.only(part), shared
                    running[actor.train.remote(*known)] = Running(actor, part)
                for done in ray.wait([*running], timeout=FOLLOW_SECONDS)[0]:
                    one = running.pop(done)
                    try:
                        if self._is_over(done, one, job):
                            continue
                        waiting.append(one.part)
                    except RunError as error:  # the others save their states
                        failed = failed or error
                        _signal(running, ENDING[1])
                following.look()
                if interrupts.received != passed:
                    passed = interrupts.received
                    _signal(running, passed or ENDING[1])
                if interrupts.wants_state:
                    interrupts.wants_state = False
                    _signal(running, SAVING)
        if failed:
            raise failed
        if interrupts.received is not None and job.parts.unfinished():
            raise Interrupted(interrupts.received)

    def close(self) -> None:
        """End the actors, and the cluster if it is our own."""
        ray.shutdown()

    def _actor(self, number: int) -> ActorHandle:
        actor = ray.remote(Device).options(num_cpus=self.ray.cores, num_gpus=int(self.gpus), max_concurrency=2)
        found: ActorHandle = actor.remote(self.framework, number, self.ray.cores, self.debug)  # type: ignore[assignment]
        return found

    def _is_over(self, done: Any, one: Running, job: Job) -> bool:
        """Whether the part is finished, or was stopped; not if its process or its node has died.

        Raises RunError if the run cannot go on.
        """
        try:
            answer, files = ray.get(done)
            self.idle.append(one.actor)
        except RayActorError:
            answer, files = None, {}
            self.idle.append(self._actor(len(self.deaths)))
        keep_results(job, files)
        if answer is None:
            deaths = self.deaths[one.part.name] = self.deaths.get(one.part.name, 0) + 1
            members = f"members {one.part.start} to {one.part.stop - 1}"
            tell(f"{self.framework}: what trained {members} has died; they go on elsewhere")
            if deaths >= MOST_DEATHS:
                raise RunError(NUMERICAL_FAILURE, f"{members} have died {deaths} times; continue with --resume")
            return False
        if "message" in answer:
            raise RunError(answer["code"], answer["message"])
        return True


@contextmanager
def workers(study: Study, framework: str, debug: bool) -> Iterator[RayWorkers]:
    """The actors of a study. Raises RunError if there is no cluster that has room for them."""
    found = RayWorkers(framework, study, debug)
    log.info("ray: %d actors, each with %d cores%s", found.count, study.ray.cores, " and a GPU" * found.gpus)
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


def _signal(running: Mapping[Any, Running], number: int) -> None:
    for one in running.values():
        one.actor.signal.remote(number)
