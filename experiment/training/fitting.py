"""Fitting of all stacks, the same for both frameworks: here one after the other, or by workers, then joined."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from configs.schema import Study
from datamodules.fold_data import FoldData
from experiment.nets.net_cost import UNKNOWN, NetCost
from experiment.record.history import History
from experiment.rules.member_settings import member_settings
from experiment.rules.resources.devices import CPU, Device, driver_device
from experiment.rules.resources.fitting import stack_size
from experiment.run.files.checkpoints import State, begun_with, unpack
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.marks.study import study_mark
from experiment.training.interrupts import Interrupts
from experiment.training.workers.following import Following
from experiment.training.workers.part_training import FitPart, Job, Place, train_parts
from experiment.training.workers.parts import Parts
from experiment.training.workers.queue import Pool, Queue, tell_idle


@dataclass(frozen=True, eq=False)
class FitResult:
    """All members of a study, in the order of the plan.

    Attributes:
        weights: best weights by portable name, `(members, *shape)`.
        logits: for each member, `(predicted rows, outputs)`.
        best_epoch: `(members,)`, counted from 0; -1 for a member without finite weights.
        epochs: `(members,)`, number of trained epochs.
        timing: `fit_seconds` and `optimizer_steps`, of all parts together and including those before a resume,
            `members`, and the `device`; with workers, `devices` is how many there were.
        importance: see `nets.importance.permutation_scores`; None where it is not measured.
    """

    weights: dict[str, NDArray]
    logits: list[NDArray[np.float32]]
    best_epoch: NDArray[np.int64]
    epochs: NDArray[np.int64]
    timing: dict[str, Any]
    importance: NDArray[np.float64] | None = None

    def subset(self, indices: Sequence[int]) -> "FitResult":
        """The members at `indices`, in that order; the `timing` stays that of all."""
        places = list(indices)
        weights = {name: array[places] for name, array in self.weights.items()}
        logits = [self.logits[place] for place in places]
        importance = None if self.importance is None else self.importance[places]
        return FitResult(weights, logits, self.best_epoch[places], self.epochs[places], self.timing, importance)


class Workers(Pool, Protocol):
    """Processes that train the parts of jobs."""

    def study(self, study: Study) -> Study:
        """The `study` as the workers train it: on their device."""


@dataclass(frozen=True, eq=False)
class Begun:
    """A study whose parts are to be trained: the job, its record, and the estimated work of a member."""

    job: Job
    history: History
    work: float

    def result(self) -> FitResult:
        """The result of all members, when every part is finished. Raises RunError, OSError."""
        results = recall(self.history, self.job.parts)
        self.history.settle()
        self.history.arrange(self.job.folds.members)
        return joined(results, len(self.job.folds.members))


def fit_stacks(
    study: Study,
    folds: FoldData,
    directory: FrameworkDirectory,
    fit_part: FitPart,
    cost: NetCost = UNKNOWN,
    interrupts: Interrupts | None = None,
    device: Device = CPU,
    workers: Workers | None = None,
) -> FitResult:
    """Train every stack of the study with `fit_part`, or by `workers`; a finished stack is only read.

    `cost` of the net and the free memory of its `device` decide how many members fit into a stack if `stack.size` is
    `auto`. Signals are handled by `interrupts`, or by new handlers during the training.

    Raises:
        Interrupted: a signal came; the state of the stack that was training is saved.
        RunError: the memory is too small for one member, or the workers have failed.
    """
    study = workers.study(study) if workers else study
    device = driver_device(study) if workers else device
    hearing = nullcontext(interrupts) if interrupts else Interrupts()
    with hearing as interrupts, begun(study, folds, directory, cost, device) as one:
        if workers:
            _train_by(workers, one, interrupts)
        else:
            train_parts(one.job, fit_part, interrupts, Place(device.name, lambda _: nullcontext(one.history)))
        return one.result()


@contextmanager
def begun(
    study: Study, folds: FoldData, directory: FrameworkDirectory, cost: NetCost = UNKNOWN, device: Device = CPU
) -> Iterator[Begun]:
    """Cut a study into parts, or as it was cut before, and open its record, with the lines of the finished ones.

    Raises RunError, OSError.
    """
    mark = {"study": study_mark(study, folds)}
    before = begun_with(directory.checkpoints, mark, "stack_size")
    size = stack_size(study, folds, cost, device) if before is None else int(before)
    parts = Parts(directory.checkpoints, len(folds.members), size, mark | {"stack_size": np.array(size)})
    parts.check()
    work = float(cost.flops or cost.weights or 1) * member_settings(study, folds).longest
    with History(directory, folds.members, study.output.tensorboard) as history:
        recall(history, parts)
        yield Begun(Job(study, folds, directory, parts), history, work)


def _train_by(workers: Workers, one: Begun, interrupts: Interrupts) -> None:
    with closing(Queue(workers, interrupts)) as queue:
        tell_idle(one.job.learner, workers.devices, queue.add(one.job, one.work, Following(one.job, one.history)))
        while queue.jobs:
            for _, error in queue.turn():
                if error:
                    raise error


def recall(history: History, parts: Parts) -> list[State]:
    """The results of the parts that are finished, whose lines the `history` then has."""
    unfinished = set(parts.unfinished())
    results = [parts.result(part) for part in parts if part not in unfinished]
    for result in results:
        history.recall(unpack(result["history"]))
    return results


def joined(parts: Sequence[State], members: int) -> FitResult:
    """The result of all `members`, from those of their `parts`."""
    names = [name for name in parts[0] if name.startswith("weights.")]
    timing = np.sum([part["timing"] for part in parts], axis=0)
    scores = [part["importance"] for part in parts if "importance" in part]
    return FitResult(
        weights={name.removeprefix("weights."): np.concatenate([part[name] for part in parts]) for name in names},
        logits=list(_logits(parts)),
        best_epoch=np.concatenate([part["best_epoch"] for part in parts]),
        epochs=np.concatenate([part["epochs"] for part in parts]),
        timing={
            "fit_seconds": round(float(timing[0]), 3),
            "optimizer_steps": int(timing[1]),
            "members": members,
        }
        | _devices(parts),
        importance=np.concatenate(scores) if len(scores) == len(parts) else None,
    )


def _devices(parts: Sequence[State]) -> dict[str, Any]:
    """Names of the devices of the parts, and how many worked at once if there were workers."""
    names = sorted({unpack(part["device"]) if "device" in part else "CPU" for part in parts})
    workers = {unpack(part["worker"]) for part in parts if "worker" in part}
    return {"device": ", ".join(names)} | ({"devices": len(workers)} if workers else {})


def _logits(parts: Sequence[State]) -> Iterator[NDArray[np.float32]]:
    for part in parts:
        for name in sorted(name for name in part if name.startswith("logits.")):
            yield part[name]
