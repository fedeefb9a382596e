"""`fit` as both frameworks do it: stack after stack, each from where it was left."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from configs.schema import Study
from datamodules.fold_data import FoldData
from experiment.atomic import write_bytes
from experiment.checkpoints import Checkpoints
from experiment.history import History
from experiment.interrupts import Interrupted, Interrupts
from experiment.progress import EpochBar
from experiment.resources import stack_size
from experiment.run_directory import FrameworkDirectory
from experiment.session import Session, stopping_rule

FitPart = Callable[[Study, FoldData, Session], "StackFit"]


@dataclass(frozen=True, eq=False)
class StackFit:
    """What a framework gives back for one stack: the best weights, and its logits for the rows that are judged."""

    weights: Mapping[str, NDArray]
    logits: list[NDArray[np.float32]]
    optimizer_steps: int


@dataclass(frozen=True, eq=False)
class FitResult:
    """All members of a study, in the order of the plan.

    Attributes:
        weights: best weights by portable name, `(members, *shape)`.
        logits: for each member, `(judged rows, outputs)`.
        best_epoch: `(members,)`, counted from 0; -1 for a member that failed.
        epochs: `(members,)`, how many it was trained for.
        timing: `fit_seconds`, `optimizer_steps`, `members`.
    """

    weights: dict[str, NDArray]
    logits: list[NDArray[np.float32]]
    best_epoch: NDArray[np.int64]
    epochs: NDArray[np.int64]
    timing: dict[str, Any]


def fit_stacks(study: Study, folds: FoldData, directory: FrameworkDirectory, fit_part: FitPart) -> FitResult:
    """Train every stack of the study with `fit_part`; a stack that was finished before is only read.

    Raises:
        Interrupted: a signal came; the state of the stack that was training is saved.
    """
    interrupts = Interrupts()
    interrupts.listen()
    parts = []
    with History(directory, folds.members, study.output.tensorboard) as history:
        for number, part in enumerate(folds.parts(stack_size(study, folds))):
            finished = directory.checkpoints / f"part_{number:04d}.safetensors"
            if not finished.is_file():
                bar = EpochBar(directory.name, study.training.max_epochs)
                checkpoints = Checkpoints(directory.checkpoints, number)
                session = Session(part.members, stopping_rule(study, part), history, checkpoints, bar, interrupts)
                _fit_one(study, part, session, fit_part, finished)
            parts.append(load_file(finished))
    return _join(parts, folds)


def _fit_one(study: Study, part: FoldData, session: Session, fit_part: FitPart, finished: Path) -> None:
    started = time.perf_counter()
    session.bar.start()
    try:
        fit = fit_part(study, part, session)
    finally:
        session.bar.stop()
    if session.interrupts.received is not None and session.rule.active.any():
        raise Interrupted(session.interrupts.received)
    arrays = {f"weights.{name}": np.ascontiguousarray(array) for name, array in fit.weights.items()}
    for index, (logits, best_epoch) in enumerate(zip(fit.logits, session.rule.best_epoch, strict=True)):
        # A member that never had a finite loss has learnt nothing: what it says is unknown, not its first guess.
        arrays[f"logits.{index:06d}"] = logits if best_epoch >= 0 else np.full_like(logits, np.nan)
    arrays |= {"best_epoch": session.rule.best_epoch, "epochs": session.rule.epochs}
    arrays["timing"] = np.array([time.perf_counter() - started, fit.optimizer_steps])
    finished.parent.mkdir(exist_ok=True)
    write_bytes(finished, save(arrays))
    session.checkpoints.clear()


def _join(parts: list[dict[str, NDArray]], folds: FoldData) -> FitResult:
    names = [name for name in parts[0] if name.startswith("weights.")]
    timing = np.sum([part["timing"] for part in parts], axis=0)
    return FitResult(
        weights={name.removeprefix("weights."): np.concatenate([part[name] for part in parts]) for name in names},
        logits=list(_logits(parts)),
        best_epoch=np.concatenate([part["best_epoch"] for part in parts]),
        epochs=np.concatenate([part["epochs"] for part in parts]),
        timing={
            "fit_seconds": round(float(timing[0]), 3),
            "optimizer_steps": int(timing[1]),
            "members": len(folds.members),
        },
    )


def _logits(parts: list[dict[str, NDArray]]) -> Iterator[NDArray[np.float32]]:
    for part in parts:
        for name in sorted(name for name in part if name.startswith("logits.")):
            yield part[name]
