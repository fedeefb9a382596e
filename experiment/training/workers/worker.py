"""A worker's side of the line to its coordinator: it is handed jobs, and trains their parts until all are finished."""

import json
import mmap
import os
import pickle
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from configs.errors import show_notices
from configs.files.real_files import make_folder
from experiment.nets.net_check import Tried
from experiment.record.history import History
from experiment.record.log import kept_in
from experiment.run.exit_codes import DONE, code_of, describe
from experiment.training.interrupts import Interrupted, Interrupts
from experiment.training.launch import WORKER
from experiment.training.workers.part_training import Job, Place, train_parts
from experiment.training.workers.parts import Part


def is_worker() -> bool:
    """Whether this process has been started as a worker."""
    return any(word.startswith(WORKER) for word in sys.argv)


def run_worker(name: str, check: Callable[..., Tried[Any]], fit_part: Callable[..., Any]) -> int:
    """Train parts of the jobs that the coordinator hands over, until it hangs up; return the exit code.

    `check` and `fit_part` are those of the framework `name`. Every job is answered by a line of JSON: nothing, the
    signal that has ended the training, or what is wrong and the code to exit with.
    """
    numbers = next(word for word in sys.argv if word.startswith(WORKER)).removeprefix(WORKER).split(",")
    debug = "--debug" in sys.argv
    if not debug:
        show_notices(name)
    with socket.socket(fileno=int(numbers[0])) as line, Interrupts(alone=False) as interrupts:
        while (job := _next_job(line)) is not None:
            answer = answer_to(job, check, fit_part, interrupts, int(numbers[1]), debug)
            with suppress(ConnectionError):
                line.sendall(json.dumps(answer).encode() + b"\n")
            if answer:
                return int(answer["code"])
    return DONE


def answer_to(
    job: Job,
    check: Callable[..., Tried[Any]],
    fit_part: Callable[..., Any],
    interrupts: Interrupts,
    number: int,
    debug: bool,
) -> dict[str, Any]:
    """Train the parts of a `job`; return nothing, the signal that ended it, or what is wrong and the code to exit with.

    `number` is that of the worker.
    """

    def record_of(part: Part) -> History:
        directory = job.parts.record(part)
        make_folder(directory.root)
        return History(directory, job.folds.members, events=False)

    try:
        with kept_in(job.directory.log):
            tried = check(job.study, job.folds)
            place = Place(tried.device.name, record_of, number)
            train_parts(job, partial(fit_part, tried=tried), interrupts, place)
    except Interrupted as stopped:
        return {"code": stopped.code, "signal": stopped.code - 128}
    except Exception as error:
        if debug:
            traceback.print_exc()
        return {"code": code_of(error), "message": describe(error)}
    return {}


def _next_job(line: socket.socket) -> Job | None:
    """The next job, in a file without a name whose number comes with a byte; None when the coordinator hangs up."""
    numbers: list[int] = []
    with suppress(ConnectionError):
        _, numbers, _, _ = socket.recv_fds(line, 1, 1)
    if not numbers:
        return None
    try:
        with mmap.mmap(numbers[0], 0, access=mmap.ACCESS_READ) as content:
            job: Job = pickle.loads(content)
    finally:
        os.close(numbers[0])
    return job
