"""Learning-rate schedule: the factor of every optimizer step, from the progress of each member's own training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from configs.seats.schedules import SCHEDULES, Schedule
from experiment.nets.net_errors import NetError, explained

Factor = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Progress in [0, 1], any shape -> the factor of the learning rate, of the same shape."""
TRIED = np.linspace(0.0, 1.0, 1001)


def load_schedule(schedule: Schedule) -> Factor:
    """The factor of a schedule with its arguments, after its `warmup`; it is tried on the whole of a training.

    Raises ValueError, with the line of its file, if it does not give a finite factor, 0 or more, for every progress.
    """
    with explained(SCHEDULES, schedule.name, ""):
        module = import_module(f"experiment.rules.schedules.{schedule.name}")
        factor: Factor = partial(module.factor, **schedule.arguments)
        _check(factor(TRIED), schedule)
    return partial(warmed, factor, schedule.warmup) if schedule.warmup else factor


def warmed(factor: Factor, warmup: float, progress: NDArray[np.float64]) -> NDArray[np.float64]:
    """The factors of `progress`: a line from 0 to where `factor` starts, in the share `warmup`, and `factor` after it.

    The progress of `factor` is 0 at the end of the warm-up, as that of `keras.optimizers.schedules.CosineDecay` is with
    `warmup_target`, and of torch's `SequentialLR`.
    """
    after = factor(np.maximum(progress - warmup, 0.0) / (1.0 - warmup))
    return np.where(progress < warmup, progress / warmup * factor(np.zeros(1)), after)


@dataclass(frozen=True, eq=False)
class StepFactors:
    """Factor of the learning rate in every optimizer step, by what the steps of a member have in common.

    Attributes:
        factors: float64 `(kinds, steps)`, of a schedule and a number of steps; the last one also of steps beyond it.
        kinds: int64 `(members,)`, the kind of each member.
    """

    factors: NDArray[np.float64]
    kinds: NDArray[np.int64]

    def after(self, taken: NDArray[np.integer]) -> NDArray[np.float64]:
        """The factor of the step that comes after so many own ones: `(..., members)` -> the same shape."""
        return self.factors[self.kinds, np.clip(taken, 0, self.factors.shape[1] - 1)]


def step_factors(
    schedules: Sequence[Schedule], own_steps: NDArray[np.int64], epochs: NDArray[np.int64]
) -> StepFactors | None:
    """The factors of all steps of members with these `schedules`; None if the learning rate of none of them changes.

    The progress of a member is its own steps over all of them, which are its `own_steps` of an epoch times its largest
    number of `epochs`, both `(members,)`: neither other members nor early stopping nor a resume change it.
    """
    if not any(schedule.changes for schedule in schedules):
        return None
    totals = (own_steps * epochs).tolist()
    found = [(schedule.model_dump_json(), total) for schedule, total in zip(schedules, totals, strict=True)]
    different = [*dict.fromkeys(found)]
    rows = []
    for kind in different:
        place = found.index(kind)
        rows.append(load_schedule(schedules[place])(np.arange(totals[place]) / totals[place]))
    factors = [np.pad(row, (0, max(map(len, rows)) - len(row)), mode="edge") for row in rows]
    return StepFactors(np.stack(factors), np.array([different.index(kind) for kind in found], np.int64))


def _check(factors: object, schedule: Schedule) -> None:
    if not isinstance(factors, np.ndarray) or factors.shape != TRIED.shape:
        given = getattr(factors, "shape", type(factors).__name__)
        raise NetError(f"gives {given} for a progress of {TRIED.shape}; let `factor` return an array of the same shape")
    if not (np.isfinite(factors).all() and (factors >= 0).all()):
        wrong = TRIED[~(np.isfinite(factors) & (factors >= 0))][0]
        raise NetError(f"gives no finite factor >= 0 for the progress {wrong:g}")
    if schedule.warmup and factors[0] == 0:
        raise NetError(f"starts at 0 by itself: set optimizer.schedule.warmup to 0, received {schedule.warmup:g}")
