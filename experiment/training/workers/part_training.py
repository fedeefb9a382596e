"""Training of the parts that nobody else trains, one after the other, from their newest states, until all are done."""

import gc
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from configs.schema import Study
from datamodules.fold_data import FoldData, training_plan
from evaluation.folds.names import unit_of
from experiment.record.history import History
from experiment.record.log import log
from experiment.record.progress import EpochBar
from experiment.rules.member_settings import member_settings
from experiment.rules.resources.out_of_memory import is_out_of_memory
from experiment.run.exit_codes import NUMERICAL_FAILURE, RunError
from experiment.run.files.checkpoints import State, pack
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.interrupts import Interrupted, Interrupts
from experiment.training.session import Session, plateau_rule, stopping_rule
from experiment.training.workers.halving import halve
from experiment.training.workers.parts import Part, Parts

POLL_SECONDS = 0.2
"""Seconds between two polls of parts that other processes train."""


@dataclass(frozen=True, eq=False)
class StackFit:
    """A framework's result for one stack: the best weights, and the logits of its `PREDICTED` rows.

    `importance` are its `stack_scores`.
    """

    weights: Mapping[str, NDArray]
    logits: list[NDArray[np.float32]]
    importance: NDArray[np.float64] | None = None


FitPart = Callable[[Study, FoldData, Session], StackFit]
RecordOf = Callable[[Part], AbstractContextManager[History]]


@dataclass(frozen=True, eq=False)
class Job:
    """A study whose parts are to be trained: all that a worker needs to know.

    Attributes:
        study: it says on what a worker trains, too.
        folds: all members.
        directory: its folder `checkpoints` holds the parts, which all workers share.
        parts: the parts.
    """

    study: Study
    folds: FoldData
    directory: FrameworkDirectory
    parts: Parts

    @property
    def learner(self) -> str:
        """Name of what trains it."""
        return self.directory.name

    @property
    def unit(self) -> str:
        """What a member is called: `fold`, or `model` where a fold has several."""
        return "model" if len(self.folds.trials) > 1 else unit_of(member.seed for member in self.folds.members)


@dataclass(frozen=True, eq=False)
class Place:
    """Where parts are trained.

    Attributes:
        device: its name.
        record_of: gives the history of a part.
        worker: number of this process among the workers; None without workers.
    """

    device: str
    record_of: RecordOf
    worker: int | None = None

    @property
    def stamp(self) -> State:
        """What a result says of its place."""
        return {"device": pack(self.device)} | ({} if self.worker is None else {"worker": pack(self.worker)})


def train_parts(job: Job, fit_part: FitPart, interrupts: Interrupts, place: Place) -> None:
    """Train parts with `fit_part`, the largest first, until every part is finished, here or by another process.

    A part whose process has died is free again, and goes on from its newest state.

    Raises:
        Interrupted: a signal came; the state of the part that was training is saved.
        RunError: the device has no memory for a single member.
    """
    while waiting := job.parts.unfinished():
        trained = [_train_if_free(part, job, fit_part, interrupts, place) for part in waiting]
        if not any(trained):
            if interrupts.received is not None:
                raise Interrupted(interrupts.received)
            time.sleep(POLL_SECONDS)


def _train_if_free(part: Part, job: Job, fit_part: FitPart, interrupts: Interrupts, place: Place) -> bool:
    with job.parts.claimed(part) as free:
        if free:
            with place.record_of(part) as history:
                session = _session(part, job, interrupts, history, place)
                try:
                    result = _fit_one(job, part, session, fit_part)
                except Exception as error:
                    if not is_out_of_memory(error):
                        raise
                    _halve(part, job, place.device, error)
                else:
                    session.checkpoints.finish(result | place.stamp)
            gc.collect()  # models of both frameworks are reference cycles that hold the table
        return free


def _session(part: Part, job: Job, interrupts: Interrupts, history: History, place: Place) -> Session:
    study, members = job.study, job.folds.subset(part.indices)
    trained = len(job.folds.members) - sum(map(len, job.parts.unfinished()))
    unit = job.unit
    epochs = member_settings(study, members).longest
    bar = EpochBar(job.directory.name, epochs, len(job.folds.members), trained, unit, place.worker is None)
    rule, plateau = stopping_rule(study, members), plateau_rule(study, members)
    return Session(members.members, rule, history, job.parts.checkpoints(part), bar, interrupts, plateau=plateau)


def _fit_one(job: Job, part: Part, session: Session, fit_part: FitPart) -> State:
    folds = job.folds.subset(part.indices)
    session.bar.start()
    try:
        fit = fit_part(job.study, folds, session)
    finally:
        session.bar.stop()
    # A member without a finite loss, or whose weights overflowed after it, has failed: its logits are undefined.
    finite = [np.isfinite(array).reshape(len(part), -1).all(1) for array in fit.weights.values()]
    unlearnt = ~np.all(finite, axis=0) | (session.rule.best_epoch < 0)
    state = {f"weights.{name}": array for name, array in fit.weights.items()}
    for index, logits in enumerate(fit.logits):
        state[f"logits.{index:06d}"] = np.full_like(logits, np.nan) if unlearnt[index] else logits
    if fit.importance is not None:
        state["importance"] = np.where(unlearnt[:, None, None], np.nan, fit.importance)
    epochs = session.rule.epochs
    steps = training_plan(folds, job.study.training).steps * epochs.max()
    best_epoch = np.where(unlearnt, -1, session.rule.best_epoch)
    state |= {"best_epoch": best_epoch, "epochs": epochs, "timing": np.array([session.elapsed, steps])}
    return state | {"history": session.record}


def _halve(part: Part, job: Job, device: str, error: Exception) -> None:
    """Cut a part that the device has no memory for. Raises RunError if it is a single member."""
    if len(part) == 1:
        cause = f"there is no memory for a single member on {device} ({_first_line(error)})"
        raise RunError(NUMERICAL_FAILURE, f"{cause}; make the net or training.batch_size smaller") from None
    epoch = halve(part, job.parts, job.folds)
    log.info(
        "memory: %d members at once do not fit on %s (%s); they train as two halves, %s; the results may differ by "
        "rounding from those of stack.size=%d",
        *(len(part), device, _first_line(error), f"from epoch {epoch} on" if epoch else "from the start", len(part)),
    )


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0][:200]
