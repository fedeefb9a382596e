"""The actor of one device of a Ray cluster: it holds a worker process, and hands it the parts that it is given."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from configs.schema import Study
from datamodules.fold_data import FoldData
from datamodules.table import Table
from experiment.launchers.folders import SharedFolder, moved, results_of
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.interrupts import ENDING
from experiment.training.workers.part_training import Job
from experiment.training.workers.parts import Part, Parts
from experiment.training.workers.sharing import CORES
from experiment.training.workers.workers import JobFile, Worker


class Device:
    """The actor of one device: it holds a worker process, since an actor's own could not be told to save its state."""

    def __init__(self, learner: str, number: int, cores: int, debug: bool) -> None:
        """Ray has set `CUDA_VISIBLE_DEVICES` for it."""
        self.given = learner, number, {CORES: str(cores)}, debug
        self.worker: Worker | None = None
        self.here: _Here | None = None
        self.ending: int | None = None

    def has_started(self) -> bool:
        """Whether the actor has started."""
        return True

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
