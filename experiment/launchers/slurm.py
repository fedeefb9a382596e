"""SLURM, by submitit: a job array with a task for each part, which is requeued and goes on at its time limit."""

import pickle
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path
from uuid import uuid4
from weakref import WeakKeyDictionary

from configs.files.atomic import write_bytes
from configs.files.real_files import make_folder
from configs.schema import Study
from configs.shown import shown
from experiment.launchers.slurm_answers import answer_of
from experiment.launchers.slurm_arrays import Refused, submit, submitit
from experiment.launchers.slurm_processes import OwnProcesses
from experiment.launchers.slurm_queues import CANCELLED, ClusterQueue, State, TaskQueue
from experiment.launchers.slurm_task import ArrayTask
from experiment.record.log import log, tell
from experiment.run.exit_codes import CANNOT_CREATE, TERMINATED, RunError
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.interrupts import ENDING
from experiment.training.workers.part_training import Job
from experiment.training.workers.queue import Ended, Task

WAIT_SECONDS = 60.0
"""After which it is told why no task runs."""


class SlurmWorkers:
    """Tasks of job arrays, one for each part; all parts that wait are submitted as one array, or as several if refused.

    A task that a signal has ended has saved its state, and leaves no answer: SLURM says who has ended it.
    """

    devices = 0

    def __init__(self, directory: FrameworkDirectory, study: Study, debug: bool) -> None:
        """What the tasks print goes to a folder in `directory`. Raises RunError if there is no SLURM here."""
        self.training, self.debug, self.slurm = study.training, debug, study.slurm
        # submitit unpickles what it finds in its folder: it has to be one that nobody else has written into.
        self.learner, self.folder = directory.name, directory.root / "slurm" / uuid4().hex
        self.name, self.comment = f"{study.name}-{self.learner}", str(directory.root.resolve())
        self.queue: TaskQueue = (
            OwnProcesses(self.folder) if self.slurm.executor == "local" else ClusterQueue(self.comment)
        )
        if self.slurm.executor == "slurm" and shutil.which("sbatch") is None:
            cure = "run this on a node from which jobs are submitted, or try it with slurm.executor=local"
            raise RunError(CANNOT_CREATE, f"launcher: slurm needs the command sbatch, which is not here; {cure}")
        self.running: dict[submitit.Job, Task] = {}
        self.files: WeakKeyDictionary[Job, tuple[Path, str]] = WeakKeyDictionary()
        self.numbers = count()
        self.outside: list[Task] = []
        self.most = sys.maxsize
        self.cancelled: set[Task] = set()
        self.ran = time.monotonic()
        self.told: set[str] = set()

    def study(self, study: Study) -> Study:
        """The `study` as the tasks train it: on their device."""
        keys = {"accelerator": self.training.accelerator}
        return study.model_copy(update={"training": study.training.model_copy(update=keys)})

    def room(self) -> int:
        """How many tasks can begin now: SLURM has a queue of its own."""
        return sys.maxsize

    def begin(self, tasks: Sequence[Task]) -> None:
        """Submit `tasks` as an array, or as several if it is refused. Raises RunError if one task is, OSError."""
        make_folder(self.folder.parent)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.queue.hold()
        self.outside += tasks
        self._submit()

    def ended(self, seconds: float) -> list[Ended]:
        """The tasks that have ended, after so many `seconds`. Raises RunError for one that has failed by itself."""
        time.sleep(seconds)
        over = self.queue.over([*self.running])
        found = [self._ended(one, state) for one, state in over.items()]
        dropped = [task for task in self.outside if task in self.cancelled]
        self.outside = [task for task in self.outside if task not in self.cancelled]
        if over and self.outside:
            self.most = len(over)
            self._submit()
        self._tell_why_it_waits()
        return found + [Ended(task, None, f"the task of {task.members} was cancelled") for task in dropped]

    def signal(self, tasks: Sequence[Task], number: int) -> None:
        """Cancel `tasks`, which save their states first, if the signal `number` ends them."""
        if number in ENDING:
            self.cancelled |= {*tasks}
            self.queue.cancel([one for one, task in self.running.items() if task in tasks])

    def close(self) -> None:
        """Cancel what still runs."""
        self.queue.cancel([*self.running])
        self.queue.close()

    def _submit(self) -> None:
        """Submit what is outside, in arrays that are not refused. Raises RunError if one of a single task is."""
        while self.outside:
            begun = self.outside[: self.most]
            arrays = -(-len(self.outside) // len(begun))
            asked = [ArrayTask(*self._file(task.job), task.part, self.debug) for task in begun]
            try:
                submitted = submit(asked, self.folder, self.slurm, self.name, self.comment, arrays)
            except Refused as error:
                if len(begun) > 1:
                    self.most = len(begun) // 2
                elif self.running:
                    inside, later = len(self.running), len(self.outside)
                    self._tell_once(
                        f"{inside} tasks are in the queue, and {later} more once those have ended ({error})"
                    )
                    return
                else:
                    refused = f"slurm: the job array was refused ({error}); see the keys of slurm"
                    raise RunError(CANNOT_CREATE, refused) from error
            else:
                log.info("slurm: %d tasks are submitted; what they print is in %s", len(submitted), self.folder)
                self.running |= dict(zip(submitted, begun, strict=True))
                self.outside = self.outside[len(begun) :]

    def _file(self, job: Job) -> tuple[Path, str]:
        """Path and digest of a `job`'s file, which is written once."""
        if job not in self.files:
            content = pickle.dumps(job, protocol=pickle.HIGHEST_PROTOCOL)
            path = self.folder / f"job_{next(self.numbers)}.pickle"
            write_bytes(path, content)
            self.files[job] = path, sha256(content).hexdigest()
        return self.files[job]

    def _ended(self, one: submitit.Job, state: State) -> Ended:
        task = self.running.pop(one)
        answer = answer_of(one)
        if answer is not None and "signal" not in answer:
            return Ended(task, answer)
        if task in self.cancelled:
            return Ended(task, answer, f"the task of {task.members} was cancelled")
        if state.name == CANCELLED:
            message = f"slurm: somebody has cancelled the task of {task.members}; continue with --resume"
            return Ended(task, {"code": TERMINATED, "message": message})
        if answer is not None:
            return Ended(
                task, answer, f"the task of {task.members} was stopped, its state saved; it is submitted again"
            )
        last = (one.stderr() or "").strip().rpartition("\n")[2]
        causes = [state.name if state.name not in ("FAILED", "COMPLETED") else "", shown(last)[:200]]
        cause = f" ({': '.join(filter(None, causes))})" if any(causes) else ""
        return Ended(task, None, f"the task of {task.members} has died{cause}; it is submitted again")

    def _tell_why_it_waits(self) -> None:
        reasons = self.queue.waiting([*self.running])
        if not reasons:
            self.ran = time.monotonic()
        elif time.monotonic() > self.ran + WAIT_SECONDS:
            why = ", ".join(sorted(reasons))
            self._tell_once(f"no task has started after {WAIT_SECONDS:.0f} s, SLURM says why: {why}; waiting")

    def _tell_once(self, line: str) -> None:
        if line not in self.told:
            self.told.add(line)
            log.info("slurm: %s", line)
            tell(f"{self.learner}: {line}")


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
