"""A task of a job array: it trains one part, and is queued again where its time limit comes near."""

import os
import pickle
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from subprocess import SubprocessError
from threading import Thread
from typing import TYPE_CHECKING, Any

from configs.learners import learner
from experiment.record.log import log
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.run.locks import acquired
from experiment.training.interrupts import SAVING, Interrupts
from experiment.training.workers.part_training import Job
from experiment.training.workers.parts import Part
from experiment.training.workers.worker import Networks, answer_to

if TYPE_CHECKING:
    from submitit.helpers import DelayedSubmission

HELD = "submitter.lock"
"""In the folder of tasks on this machine: a lock that is held as long as there is the process that submitted them."""
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class ArrayTask:
    """Trains one part of the job in the file at `path`, which must have this SHA-256 `digest`."""

    path: Path
    digest: str
    part: Part
    debug: bool

    def __call__(self) -> dict[str, Any]:
        """The answer of a worker. At SIGUSR1 the state is saved, and the task queued again, to go on from there.

        Another signal is an answer, until SLURM begins the task again.
        """
        requeue = signal.getsignal(SAVING)
        with Interrupts(alone=False, saving_ends=True) as interrupts:  # from here on, since imports take seconds
            leave_with_submitter(self.path.parent / HELD)
            job = self._job()
            room = import_module(learner(job.learner).fit)
            interrupts.listen()
            train = Networks(room.check, room.fit_part, interrupts)
            answer = answer_to(job, self.part, train, self.part.start, self.debug)
        if answer.get("signal") == SAVING and callable(requeue):
            with suppress(SubprocessError, OSError):  # not every cluster lets a task do that: it is submitted again
                requeue(SAVING, None)
        return answer

    def checkpoint(self) -> "DelayedSubmission":
        """What is queued again: the same, since the part has its state in a file."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)

    def _job(self) -> Job:
        content = self.path.read_bytes()
        if sha256(content).hexdigest() != self.digest:
            raise RunError(WRONG_STUDY, f"{self.path}: is not the job that was submitted; go on with --resume")
        job: Job = pickle.loads(content)
        return job


def leave_with_submitter(held: Path) -> None:
    """End this process as SIGTERM does when nobody holds the lock `held` any more; only where there is that file."""

    def follow() -> None:
        while (lock := acquired(held)) is None:
            time.sleep(LOOK_SECONDS)
        lock.release()
        log.info("the process that submitted this task has gone: as after SIGTERM, the state is saved")
        os.kill(os.getpid(), signal.SIGTERM)

    if held.is_file():
        Thread(target=follow, daemon=True).start()
