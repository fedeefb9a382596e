"""SLURM, by submitit: a job array with a task for each part, which is requeued and goes on at its time limit."""

import os
import pickle
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

from configs.files.atomic import write_bytes
from configs.files.real_files import make_folder
from configs.schema import Study
from configs.sections.machines import Slurm
from configs.shown import shown
from experiment.launchers.slurm_task import HELD, ArrayTask
from experiment.record.log import log
from experiment.run.exit_codes import CANNOT_CREATE, NUMERICAL_FAILURE, RunError
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.locks import acquired
from experiment.training.interrupts import ENDING, SAVING
from experiment.training.workers.part_training import Job
from experiment.training.workers.queue import Ended, Task

# submitit reads it when it is imported; SIGUSR1 is what a run here takes as the request to save its state.
os.environ.setdefault("SUBMITIT_PREEMPT_SIGNAL", SAVING.name.removeprefix("SIG"))

import submitit
from filelock import BaseFileLock

SIGNAL_SECONDS = 120
"""Before a task's time limit, when SLURM sends it the signal to save its state."""
REQUEUES = 1000
"""How often a task may reach its time limit."""
ASK_SECONDS = 10.0
"""Between two questions to SLURM, what has become of the tasks; one that is done says so by a file."""
IN_JOB, JOB = "SLURM_JOB_ID", ("SLURM_", "SLURMD_", "SRUN_")
"""The variable that every process of a job has, and how the names of all begin."""
FRAME = "-" * 22
"""The line before and after the traceback in submitit's account of a task that has failed."""


class SlurmWorkers:
    """Tasks of job arrays, one for each part; all parts that wait are submitted as one array."""

    devices = 0

    def __init__(self, directory: FrameworkDirectory, study: Study, debug: bool) -> None:
        """What the tasks print goes to a folder in `directory`. Raises RunError if there is no SLURM here."""
        self.training, self.debug, self.slurm = study.training, debug, study.slurm
        # submitit unpickles what it finds in its folder: it has to be one that nobody else has written into.
        self.name, self.folder = f"{study.name}-{directory.name}", directory.root / "slurm" / uuid4().hex
        if self.slurm.executor == "slurm" and shutil.which("sbatch") is None:
            cure = "run this on a node from which jobs are submitted, or try it with slurm.executor=local"
            raise RunError(CANNOT_CREATE, f"launcher: slurm needs the command sbatch, which is not here; {cure}")
        self.running: dict[submitit.Job, Task] = {}
        self.files: WeakKeyDictionary[Job, tuple[Path, str]] = WeakKeyDictionary()
        self.numbers = count()
        self.asked = time.monotonic()
        self.cancelled: set[Task] = set()
        self.held: BaseFileLock | None = None

    @property
    def is_local(self) -> bool:
        """Whether the tasks are processes of this machine."""
        return self.slurm.executor == "local"

    def study(self, study: Study) -> Study:
        """The `study` as the tasks train it: on their device."""
        keys = {"accelerator": self.training.accelerator}
        return study.model_copy(update={"training": study.training.model_copy(update=keys)})

    def room(self) -> int:
        """How many tasks can begin now: SLURM has a queue of its own."""
        return sys.maxsize

    def begin(self, tasks: Sequence[Task]) -> None:
        """Submit `tasks` as an array. Raises RunError if it is refused, OSError."""
        make_folder(self.folder.parent)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if self.held is None and self.is_local:
            self.held = acquired(self.folder / HELD)
        asked = [ArrayTask(*self._file(task.job), task.part, self.debug) for task in tasks]
        try:
            executor = submitit.AutoExecutor(self.folder, cluster=self.slurm.executor, slurm_max_num_timeout=REQUEUES,
                                             local_max_num_timeout=REQUEUES)  # fmt: skip
            executor.update_parameters(**parameters(self.slurm, self.name))
            with outside_of_jobs(), shielded_from_ctrl_c(), executor.batch():
                submitted = [executor.submit(one) for one in asked]
        except (submitit.core.utils.FailedJobError, submitit.core.utils.FailedSubmissionError) as error:
            cause = str(error).strip().partition("\n")[0]
            raise RunError(
                CANNOT_CREATE, f"slurm: the job array was refused ({cause}); see the keys of slurm"
            ) from error
        log.info("slurm: %d tasks are submitted; what they print is in %s", len(submitted), self.folder)
        self.running |= dict(zip(submitted, tasks, strict=True))

    def ended(self, seconds: float) -> list[Ended]:
        """The tasks that have ended, after so many `seconds`. Raises RunError for one that has failed by itself."""
        time.sleep(seconds)
        for one in [one for one, task in self.running.items() if self.is_local and task in self.cancelled]:
            self._cancel(one)  # again: what has not begun yet may not have heard it
        if self.running and time.monotonic() > self.asked + ASK_SECONDS:
            self.asked = time.monotonic()
            next(iter(self.running)).done(force_check=True)  # for all; submitit itself asks every ten minutes
        return [self._ended(one) for one in [*self.running] if one.done()]

    def signal(self, tasks: Sequence[Task], number: int) -> None:
        """Cancel `tasks`, which save their states first, if the signal `number` ends them."""
        for one, task in self.running.items():
            if task in tasks and number in ENDING:
                self.cancelled.add(task)
                self._cancel(one)

    def close(self) -> None:
        """Cancel what still runs."""
        for one in self.running:
            self._cancel(one)
        if self.held is not None:
            self.held.release()

    def _cancel(self, one: submitit.Job) -> None:
        """Let a task save its state and end; submitit gives one on this machine a second for that."""
        if not self.is_local:
            one.cancel(check=False)
        elif not one.done():
            with suppress(ProcessLookupError):
                os.kill(int(one.job_id), signal.SIGTERM)

    def _file(self, job: Job) -> tuple[Path, str]:
        """Path and digest of a `job`'s file, which is written once."""
        if job not in self.files:
            content = pickle.dumps(job, protocol=pickle.HIGHEST_PROTOCOL)
            path = self.folder / f"job_{next(self.numbers)}.pickle"
            write_bytes(path, content)
            self.files[job] = path, sha256(content).hexdigest()
        return self.files[job]

    def _ended(self, one: submitit.Job) -> Ended:
        task = self.running.pop(one)
        if task in self.cancelled and not one.paths.result_pickle.exists():  # for which submitit would wait
            return Ended(task, None, f"the task of {task.members} was cancelled")
        try:
            return Ended(task, one.result())
        except submitit.core.utils.UncompletedJobError:  # it has died
            last = (one.stderr() or "").strip().rpartition("\n")[2]
            cause = f" ({shown(last)[:200]})" if last else ""
            return Ended(task, None, f"the task of {task.members} has died{cause}; it is submitted again")
        except submitit.core.utils.FailedJobError as error:
            line = str(error).partition(FRAME)[2].partition(FRAME)[0].strip().rpartition("\n")[2]
            message = f"slurm: a task has failed ({line}); see {one.paths.stderr}"
            return Ended(task, {"code": NUMERICAL_FAILURE, "message": message})


@contextmanager
def outside_of_jobs() -> Iterator[None]:
    """Hide what SLURM has set for the job that this process is in: tasks would take its cores and bindings for theirs.

    `submitit.helpers.clean_env` hides its own signal and `SLURM_CONF`, too.
    """
    own = [name for name in os.environ if name.startswith(JOB) and name != "SLURM_CONF"] if IN_JOB in os.environ else []
    hidden = {name: os.environ.pop(name) for name in own}
    try:
        yield
    finally:
        os.environ.update(hidden)


@contextmanager
def shielded_from_ctrl_c() -> Iterator[None]:
    """Keep Ctrl-C at the terminal from processes that start now: this one tells them to save their states."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
def workers(study: Study, directory: FrameworkDirectory, debug: bool) -> Iterator[SlurmWorkers]:
    """The tasks of a study. Raises RunError if there is no SLURM here."""
    found = SlurmWorkers(directory, study, debug)
    try:
        yield found
    finally:
        found.close()
    shutil.rmtree(found.folder.parent, ignore_errors=True)  # after a failure, what the tasks have printed stays


@contextmanager
def processes(study: Study, learner: str, debug: bool) -> Iterator[None]:
    """None for baselines: they train within seconds, which is no job for a queue, so one process here does it."""
    yield None
