"""A worker process as its coordinator sees it, and the workers of a study by its launcher."""

import json
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from tempfile import TemporaryFile
from typing import Any

from configs.learners import learner
from configs.schema import Study
from experiment.record.log import log
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.children import launched
from experiment.training.fitting import Workers
from experiment.training.launch import WORKER
from experiment.training.workers.part_training import Job
from experiment.training.workers.parts import Part
from experiment.training.workers.queue import Pool

LEAVE_SECONDS = 20.0
"""Time in which a worker that has nothing to do ends by itself; what its framework does then may hang."""


class JobFile:
    """A job in a file without a name, for the worker processes that this one has started."""

    numbers = count()

    def __init__(self, job: Job) -> None:
        """Write it. Raises OSError."""
        self.number, self.file = next(self.numbers), TemporaryFile()  # noqa: SIM115  as long as there are workers
        pickle.dump(job, self.file, protocol=pickle.HIGHEST_PROTOCOL)
        self.file.flush()


class Worker:
    """A process that trains parts on one device; it ends by itself if this one does."""

    def __init__(self, framework: str, number: int, environment: dict[str, str], debug: bool) -> None:
        """Start it."""
        self.number = number
        self.line, theirs = socket.socketpair()
        words = [f"{WORKER}{theirs.fileno()},{number}", *["--debug"] * debug]
        with theirs:
            command = [sys.executable, "-P", "-m", "experiment.training.launch", framework, learner(framework).fit]
            self.process, self.life = launched([*command, *words], [theirs.fileno()], environment)
        self.works = False

    def hand(self, job: JobFile, part: Part) -> None:
        """Hand it a `part` of a `job`; one that has died says so when it is asked."""
        self.works = True
        words = json.dumps([job.number, part.name, part.start, part.stop]).encode() + b"\n"
        try:
            socket.send_fds(self.line, [words], [job.file.fileno()])
        except ConnectionError:
            log.info("workers: number %d has ended before it could train", self.number)

    def answer(self) -> dict[str, Any] | None:
        """Its answer to the part, which is empty if all went well; None if it has died."""
        self.works = False
        words = b""
        try:
            while not words.endswith(b"\n"):
                if not (more := self.line.recv(1 << 16)):
                    return None
                words += more
        except ConnectionError:
            return None
        answer: dict[str, Any] = json.loads(words)
        return answer

    def close(self) -> None:
        """Hang up, and wait until it has ended: by itself, or at once if it is still at work or does not end."""
        if self.works:
            self.process.kill()
        self.line.close()
        try:
            self.process.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.life)


@contextmanager
def workers_of(study: Study, directory: FrameworkDirectory, debug: bool) -> Iterator[Workers | None]:
    """The workers of the study's launcher; None where this process trains itself. Raises RunError, StudyError."""
    launcher = import_module(f"experiment.launchers.{study.launcher}")
    with launcher.workers(study, directory, debug) as workers:
        yield workers


@contextmanager
def processes_of(study: Study, learner: str, debug: bool) -> Iterator[Pool | None]:
    """Processes of the study's launcher for what needs no device: baselines; None where this process does it itself.

    Raises RunError, StudyError.
    """
    launcher = import_module(f"experiment.launchers.{study.launcher}")
    with launcher.processes(study, learner, debug) as pool:
        yield pool
