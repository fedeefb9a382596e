"""SLURM, by submitit: a job array with a task for each part, which is requeued and goes on at its time limit."""

import os
import pickle
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from configs.files.atomic import write_bytes
from configs.files.real_files import make_folder
from configs.learners import learner
from configs.schema import Study
from configs.sections.machines import Slurm
from experiment.record.history import History
from experiment.record.log import log, tell
from experiment.run.exit_codes import CANNOT_CREATE, NUMERICAL_FAILURE, WRONG_STUDY, RunError
from experiment.training.interrupts import SAVING, Interrupted, Interrupts
from experiment.training.workers.following import Following
from experiment.training.workers.part_training import Job
from experiment.training.workers.parts import Part
from experiment.training.workers.worker import answer_to
from experiment.training.workers.workers import FOLLOW_SECONDS

# submitit reads it when it is imported; SIGUSR1 is what a run here takes as the request to save its state.
os.environ.setdefault("SUBMITIT_PREEMPT_SIGNAL", SAVING.name.removeprefix("SIG"))

import submitit
from submitit.helpers import DelayedSubmission

MOST_DEATHS = 3
"""Tasks of a part that may die without a word; after them the part is given up: it may be what kills them."""
SIGNAL_SECONDS = 120
"""Before a task's time limit, when SLURM sends it the signal to save its state."""
REQUEUES = 1000
"""How often a task may reach its time limit."""


@dataclass(frozen=True)
class Task:
    """Trains one part of the job in the file at `path`, which must have this SHA-256 `digest`."""

    path: Path
    digest: str
    framework: str
    part: Part
    debug: bool

    def __call__(self) -> dict[str, Any]:
        """The answer of a worker. At SIGUSR1 the state is saved, and the task queued again, to go on from there."""
        requeue = signal.getsignal(SAVING)
        room, job = import_module(learner(self.framework).fit), self._job()
        alone = Job(job.study, job.folds, job.directory, job.parts.only(self.part))
        with Interrupts(alone=False, saving_ends=True) as interrupts:
            answer = answer_to(alone, room.check, room.fit_part, interrupts, self.part.start, self.debug)
        if answer.get("signal") == SAVING and callable(requeue):
            requeue(SAVING, None)
        return answer

    def checkpoint(self) -> DelayedSubmission:
        """What is queued again: the same, since the part has its state in a file."""
        return DelayedSubmission(self)

    def _job(self) -> Job:
        content = self.path.read_bytes()
        if sha256(content).hexdigest() != self.digest:
            raise RunError(WRONG_STUDY, f"{self.path}: is not the job that was submitted; go on with --resume")
        job: Job = pickle.loads(content)
        return job


class SlurmWorkers:
    """Tasks of a job array, one for each part."""

    def __init__(self, framework: str, study: Study, debug: bool) -> None:
        """Raises RunError if there is no SLURM here."""
        self.framework, self.training, self.debug, self.slurm = framework, study.training, debug, study.slurm
        if self.slurm.executor == "slurm" and shutil.which("sbatch") is None:
            cure = "run this on a node from which jobs are submitted, or try it with slurm.executor=local"
            raise RunError(CANNOT_CREATE, f"launcher: slurm needs the command sbatch, which is not here; {cure}")

    def study(self, study: Study) -> Study:
        """The `study` as the tasks train it: on their device."""
        keys = {"accelerator": self.training.accelerator}
        return study.model_copy(update={"training": study.training.model_copy(update=keys)})

    def train(self, job: Job, interrupts: Interrupts, history: History) -> None:
        """Train until all parts of `job` are finished, and write what comes of it into `history`.

        Raises Interrupted if a signal came, RunError if a part cannot be trained.
        """
        for _ in range(MOST_DEATHS):
            if not (waiting := job.parts.unfinished()):
                return
            tasks = self._submit(job, waiting)
            with Following(job, history) as following:
                self._wait([*tasks], interrupts, following)
            for one in tasks:
                self._judge(one, tasks[one])
            if interrupts.received is not None and job.parts.unfinished():
                raise Interrupted(interrupts.received)
        if waiting := job.parts.unfinished():
            cause = f"{len(waiting)} parts have died {MOST_DEATHS} times; see {self._folder(job)}"
            raise RunError(NUMERICAL_FAILURE, f"{cause}, and continue with --resume")

    def _submit(self, job: Job, parts: Sequence[Part]) -> dict[submitit.Job, Part]:
        folder = self._folder(job)
        make_folder(folder.parent)
        make_folder(folder)
        content, path = pickle.dumps(job, protocol=pickle.HIGHEST_PROTOCOL), folder / "job.pickle"
        write_bytes(path, content)
        digest = sha256(content).hexdigest()
        try:
            executor = submitit.AutoExecutor(folder, cluster=self.slurm.executor, slurm_max_num_timeout=REQUEUES,
                                             local_max_num_timeout=REQUEUES)  # fmt: skip
            executor.update_parameters(**parameters(self.slurm, f"{job.study.name}-{self.framework}"))
            with executor.batch():
                tasks = [executor.submit(Task(path, digest, self.framework, part, self.debug)) for part in parts]
        except (submitit.core.utils.FailedJobError, submitit.core.utils.FailedSubmissionError) as error:
            cause = str(error).strip().partition("\n")[0]
            raise RunError(
                CANNOT_CREATE, f"slurm: the job array was refused ({cause}); see the keys of slurm"
            ) from error
        log.info("slurm: %d tasks are submitted; what they print is in %s", len(tasks), folder)
        return dict(zip(tasks, parts, strict=True))

    def _wait(self, tasks: Sequence[submitit.Job], interrupts: Interrupts, following: Following) -> None:
        cancelled = False
        while not all(one.done() for one in tasks):
            time.sleep(FOLLOW_SECONDS)
            following.look()
            if interrupts.received is not None and not cancelled:
                cancelled = True
                for one in tasks:
                    one.cancel()

    def _judge(self, task: submitit.Job, part: Part) -> None:
        try:
            answer = task.result()
        except submitit.core.utils.UncompletedJobError:  # it has died
            tell(
                f"{self.framework}: the task of members {part.start} to {part.stop - 1} has died; it is submitted again"
            )
            return
        except submitit.core.utils.FailedJobError as error:
            line = str(error).strip().rpartition("\n")[2]
            raise RunError(NUMERICAL_FAILURE, f"slurm: a task has failed ({line}); see {task.paths.stderr}") from error
        if "message" in answer:
            raise RunError(answer["code"], answer["message"])

    def _folder(self, job: Job) -> Path:
        return job.parts.directory / "slurm"


def parameters(slurm: Slurm, name: str) -> dict[str, Any]:
    """What submitit asks for each task, by its own names."""
    asked = {
        "name": name,
        "timeout_min": slurm.minutes,
        "cpus_per_task": slurm.cores,
        "gpus_per_node": slurm.gpus,
        "mem_gb": slurm.memory_gb,
        "slurm_partition": slurm.partition,
        "slurm_account": slurm.account,
        "slurm_array_parallelism": slurm.parallel,
        "slurm_setup": list(slurm.setup) or None,
        "local_setup": list(slurm.setup) or None,
        "slurm_signal_delay_s": SIGNAL_SECONDS,
        "slurm_additional_parameters": {"requeue": True},
    }
    return {key: value for key, value in asked.items() if value is not None}


@contextmanager
def workers(study: Study, framework: str, debug: bool) -> Iterator[SlurmWorkers]:
    """The tasks of a study. Raises RunError if there is no SLURM here."""
    yield SlurmWorkers(framework, study, debug)
