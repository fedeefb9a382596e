"""Fitting of all stacks, the same for both frameworks: one after the other, each resumed from its checkpoint."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.schema import Study
from datamodules.fold_data import FoldData, training_plan
from evaluation.folds.names import unit_of
from experiment.nets.net_cost import UNKNOWN, NetCost
from experiment.record.history import History
from experiment.record.progress import EpochBar
from experiment.rules.devices import CPU, Device
from experiment.rules.member_settings import member_settings
from experiment.rules.resources import stack_size
from experiment.run.checkpoints import Checkpoints, State, begun_with, unpack
from experiment.run.run_directory import FrameworkDirectory
from experiment.run.study_mark import study_mark
from experiment.training.interrupts import Interrupts
from experiment.training.session import Session, plateau_rule, stopping_rule

FitPart = Callable[[Study, FoldData, Session], "StackFit"]


@dataclass(frozen=True, eq=False)
class StackFit:
    """A framework's result for one stack: the best weights, and the logits of its `PREDICTED` rows."""

    weights: Mapping[str, NDArray]
    logits: list[NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class FitResult:
    """All members of a study, in the order of the plan.

    Attributes:
        weights: best weights by portable name, `(members, *shape)`.
        logits: for each member, `(predicted rows, outputs)`.
        best_epoch: `(members,)`, counted from 0; -1 for a member without finite weights.
        epochs: `(members,)`, number of trained epochs.
        timing: `fit_seconds` and `optimizer_steps`, including those before a resume, `members`, and the `device`.
    """

    weights: dict[str, NDArray]
    logits: list[NDArray[np.float32]]
    best_epoch: NDArray[np.int64]
    epochs: NDArray[np.int64]
    timing: dict[str, Any]

    def subset(self, indices: Sequence[int]) -> "FitResult":
        """The members at `indices`, in that order; the `timing` stays that of all."""
        places = list(indices)
        weights = {name: array[places] for name, array in self.weights.items()}
        logits = [self.logits[place] for place in places]
        return FitResult(weights, logits, self.best_epoch[places], self.epochs[places], self.timing)


def fit_stacks(
    study: Study,
    folds: FoldData,
    directory: FrameworkDirectory,
    fit_part: FitPart,
    cost: NetCost = UNKNOWN,
    interrupts: Interrupts | None = None,
    device: Device = CPU,
) -> FitResult:
    """Train every stack of the study with `fit_part`; a finished stack is only read.

    `cost` of the net and the free memory of its `device` decide how many members fit into a stack if `stack.size` is
    `auto`. Signals are handled by `interrupts`, or by new handlers during the training.

    Raises:
        Interrupted: a signal came; the state of the stack that was training is saved.
    """
    mark = {"study": study_mark(study, folds)}
    begun = begun_with(directory.checkpoints, mark, "stack_size")
    size = stack_size(study, folds, cost, device) if begun is None else int(begun)
    mark["stack_size"] = np.array(size)
    results: list[State] = []
    unit = unit_of(member.seed for member in folds.members)
    hearing = nullcontext(interrupts) if interrupts else Interrupts()
    with hearing as interrupts, History(directory, folds.members, study.output.tensorboard) as history:
        for number, part in enumerate(folds.parts(size)):
            checkpoints = Checkpoints(directory.checkpoints, number, mark=mark)
            result = checkpoints.result()
            if result is not None:
                history.recall(unpack(result["history"]))
            else:
                trained = sum(len(one["epochs"]) for one in results)
                epochs = member_settings(study, part).longest
                bar = EpochBar(directory.name, epochs, len(folds.members), trained, unit)
                rule = stopping_rule(study, part)
                plateau = plateau_rule(study, part)
                session = Session(part.members, rule, history, checkpoints, bar, interrupts, plateau=plateau)
                result = _fit_one(study, part, session, fit_part)
                checkpoints.finish(result)
                gc.collect()  # models of both frameworks are reference cycles that hold the table
            results.append(result)
        history.settle()
    return _join(results, folds, device.name)


def _fit_one(study: Study, part: FoldData, session: Session, fit_part: FitPart) -> State:
    session.bar.start()
    try:
        fit = fit_part(study, part, session)
    finally:
        session.bar.stop()
    # A member without a finite loss, or whose weights overflowed after it, has failed: its logits are undefined.
    finite = [np.isfinite(array).reshape(len(part.members), -1).all(1) for array in fit.weights.values()]
    unlearnt = ~np.all(finite, axis=0) | (session.rule.best_epoch < 0)
    state = {f"weights.{name}": array for name, array in fit.weights.items()}
    for index, logits in enumerate(fit.logits):
        state[f"logits.{index:06d}"] = np.full_like(logits, np.nan) if unlearnt[index] else logits
    epochs = session.rule.epochs
    steps = training_plan(part, study.training).steps * epochs.max()
    best_epoch = np.where(unlearnt, -1, session.rule.best_epoch)
    state |= {"best_epoch": best_epoch, "epochs": epochs, "timing": np.array([session.elapsed, steps])}
    return state | {"history": session.record}


def _join(parts: list[State], folds: FoldData, device: str) -> FitResult:
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
            "device": device,
        },
    )


def _logits(parts: list[State]) -> Iterator[NDArray[np.float32]]:
    for part in parts:
        for name in sorted(name for name in part if name.startswith("logits.")):
            yield part[name]
