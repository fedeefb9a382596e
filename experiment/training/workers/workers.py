"""A worker process as its coordinator sees it, and the workers of a study by its launcher."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import IO, Any

from configs.learners import learner
from configs.schema import Study
from experiment.record.log import log
from experiment.training.children import launched
from experiment.training.fitting import Workers
from experiment.training.launch import WORKER

FOLLOW_SECONDS = 0.25
"""Between two looks at what the workers have recorded, and at the signals."""


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

    def hand(self, file: IO[bytes]) -> None:
        """Hand it the job that lies in `file`; one that has died says so when it is asked."""
        self.works = True
        try:
            socket.send_fds(self.line, [b"!"], [file.fileno()])
        except ConnectionError:
            log.info("workers: number %d has ended before it could train", self.number)

    def answer(self) -> dict[str, Any] | None:
        """Its answer to the job, which is empty if all went well; None if it has died."""
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
        """Hang up, and wait until it has ended: by itself, or if it is still at work at once."""
        if self.works:
            self.process.kill()
        self.line.close()
        self.process.wait()
        os.close(self.life)


@contextmanager
def workers_of(study: Study, framework: str, debug: bool) -> Iterator[Workers | None]:
    """The workers of the study's launcher; None where this process trains itself. Raises RunError, StudyError."""
    launcher = import_module(f"experiment.launchers.{study.launcher}")
    with launcher.workers(study, framework, debug) as workers:
        yield workers
