"""Learning-rate schedule: the factor of every optimizer step, from the progress of each member's own training."""

from collections.abc import Callable
from functools import partial
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from configs.schedules import SCHEDULES, Schedule
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


def own_progress(own_steps: NDArray[np.int64], epochs: NDArray[np.int64], epoch: int, steps: range) -> NDArray:
    """Progress of each member before each of `steps` of an epoch: float64 `(steps, members)`, in [0, 1).

    Its own steps over all of them: `own_steps` of an epoch and largest number of `epochs`, both `(members,)`. It does
    not move where the member takes no step, and neither early stopping nor a resume changes it.
    """
    taken = epoch * own_steps + np.minimum(np.arange(steps.start, steps.stop)[:, None], own_steps - 1)
    return np.asarray(taken / (own_steps * epochs))


def _check(factors: object, schedule: Schedule) -> None:
    if not isinstance(factors, np.ndarray) or factors.shape != TRIED.shape:
        given = getattr(factors, "shape", type(factors).__name__)
        raise NetError(f"gives {given} for a progress of {TRIED.shape}; let `factor` return an array of the same shape")
    if not (np.isfinite(factors).all() and (factors >= 0).all()):
        wrong = TRIED[~(np.isfinite(factors) & (factors >= 0))][0]
        raise NetError(f"gives no finite factor >= 0 for the progress {wrong:g}")
    if schedule.warmup and factors[0] == 0:
        raise NetError(f"starts at 0 by itself: set optimizer.schedule.warmup to 0, received {schedule.warmup:g}")
