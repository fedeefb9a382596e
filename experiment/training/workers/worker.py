"""A worker's side of the line to its coordinator: it is handed parts of jobs, and trains one after the other."""

import json
import mmap
import os
import pickle
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from configs.errors import show_notices
from configs.files.real_files import make_folder
from experiment.nets.net_check import CheckedNet
from experiment.record.history import History
from experiment.record.log import kept_in
from experiment.run.exit_codes import DONE, code_of, describe
from experiment.training.interrupts import Interrupted, Interrupts
from experiment.training.launch import WORKER
from experiment.training.workers.part_training import Job, Place, train_parts
from experiment.training.workers.parts import Part

Train = Callable[[Job, Part, int], None]
"""Trains a part of a job as worker number so and so, and writes its result."""


class Networks:
    """Trains parts with a framework, from their newest states; the net of a job is checked once for all its parts."""

    def __init__(
        self, check: Callable[..., CheckedNet[Any]], fit_part: Callable[..., Any], interrupts: Interrupts
    ) -> None:
        """`check` and `fit_part` are those of the framework; signals come to `interrupts`."""
        self.check, self.fit_part, self.interrupts = check, fit_part, interrupts
        self.checked: tuple[Job, CheckedNet[Any]] | None = None

    def __call__(self, job: Job, part: Part, number: int) -> None:
        """Train a `part`. Raises Interrupted if a signal came, and what the framework raises."""

        def record_of(one: Part) -> History:
            directory = job.parts.record(one)
            make_folder(directory.root)
            return History(directory, job.folds.members, events=False)

        if self.checked is None or self.checked[0] is not job:
            self.checked = None
            self.checked = job, self.check(job.study, job.folds)
        checked = self.checked[1]
        alone = replace(job, parts=job.parts.only(part))
        place = Place(checked.device.name, record_of, number)
        train_parts(alone, partial(self.fit_part, checked=checked), self.interrupts, place)


def is_worker() -> bool:
    """Whether this process has been started as a worker."""
    return any(word.startswith(WORKER) for word in sys.argv)


def run_worker(name: str, train: Train) -> int:
    """`train` the parts that the coordinator hands over, until it hangs up; return the exit code.

    `name` is that of the learner. Every part is answered by a line of JSON: nothing, the signal that has ended the
    training, or what is wrong and the code to exit with; the process then ends.
    """
    numbers = next(word for word in sys.argv if word.startswith(WORKER)).removeprefix(WORKER).split(",")
    debug = "--debug" in sys.argv
    if not debug:
        show_notices(name)
    with socket.socket(fileno=int(numbers[0])) as line:
        handed = _Handed(line)
        while (part := handed.next()) is not None:
            answer = answer_to(handed.job, part, train, int(numbers[1]), debug)
            with suppress(ConnectionError):
                line.sendall(json.dumps(answer).encode() + b"\n")
            if answer:
                return int(answer["code"])
    return DONE


def answer_to(job: Job | None, part: Part, train: Train, number: int, debug: bool) -> dict[str, Any]:
    """Train a `part`; return nothing, the signal that ended it, or what is wrong and the code to exit with."""
    assert job is not None
    try:
        with kept_in(job.directory.log):
            train(job, part, number)
    except Interrupted as stopped:
        return {"code": stopped.code, "signal": stopped.code - 128}
    except Exception as error:
        if debug:
            traceback.print_exc()
        return {"code": code_of(error), "message": describe(error)}
    return {}


class _Handed:
    """What is handed over: a job in a file without a name, whose number comes with the words, and a part of it."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.number = -1
        self.job: Job | None = None

    def next(self) -> Part | None:
        """The next part, of `job`, which is read if it is another one; None when the coordinator hangs up."""
        words, files = b"", list[int]()
        with suppress(ConnectionError):
            while not words.endswith(b"\n"):
                more, numbers, _, _ = socket.recv_fds(self.line, 1 << 12, 1)
                files += numbers
                if not more:
                    return None
                words += more
        if not words.endswith(b"\n"):
            return None
        number, *part = json.loads(words)
        try:
            if number != self.number:
                self.job = None  # before the next one takes memory
                with mmap.mmap(files[0], 0, access=mmap.ACCESS_READ) as content:
                    self.job, self.number = pickle.loads(content), number
        finally:
            for file in files:
                os.close(file)
        return Part(*part)
