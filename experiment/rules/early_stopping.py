"""Early stopping by patience, and the choice of the best epoch's weights, for every member."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.catalogue import metric_of
from experiment.record.epoch_record import EpochRecord


class Judged(Protocol):
    """A stack whose epochs are recorded, and that keeps its best weights."""

    def record(self, epoch: int) -> EpochRecord:
        """Losses and metrics of the epoch that has just ended."""

    def keep_best(self, improved: NDArray[np.bool_], unfinished: NDArray[np.bool_]) -> None:
        """Keep the weights of members that `improved`, freeze those that are not `unfinished`; both `(members,)`."""


@dataclass
class EarlyStoppingRule:
    """Early stopping of every member by itself (Prechelt 1998, "Early Stopping - But When?").

    A member improves when its monitored value beats its best by more than `min_delta`; NaN never improves. After
    `patience` epochs in a row without improvement it is finished, and after `max_epochs` of them in any case.
    `patience=None` waits for these and keeps the newest finite weights. Each of the three is one value for all
    members, or an array. All arrays have the shape `(members,)`.
    """

    members: int
    monitor: str = "loss"
    patience: int | NDArray[np.int64] | None = None
    min_delta: float | NDArray[np.float64] = 0.0
    max_epochs: int | NDArray[np.int64] | None = None
    best: NDArray[np.float64] = field(init=False)
    best_epoch: NDArray[np.int64] = field(init=False)
    stale: NDArray[np.int64] = field(init=False)
    epochs: NDArray[np.int64] = field(init=False)
    active: NDArray[np.bool_] = field(init=False)
    judged: int = field(init=False)

    def __post_init__(self) -> None:
        """Initial state: `best` is +inf and `best_epoch` is -1."""
        self.best = np.full(self.members, np.inf)
        self.best_epoch = np.full(self.members, -1, dtype=np.int64)
        self.stale = np.zeros(self.members, dtype=np.int64)
        self.epochs = np.zeros(self.members, dtype=np.int64)
        self.active = np.ones(self.members, dtype=np.bool_)
        self.judged = -1

    def judge(self, epoch: int, stack: Judged) -> None:
        """Update by an epoch of `stack`, which keeps the best weights. An epoch is judged once, whoever asks first."""
        if epoch != self.judged:
            improved = self.update(epoch, stack.record(epoch).monitored(self.monitor))
            stack.keep_best(improved, self.active)
            self.judged = epoch

    def update(self, epoch: int, values: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Update by an epoch's monitored `values` `(members,)`; return the mask of weights to keep, `(members,)`."""
        costs = -values if not metric_of(self.monitor).falls else values
        if self.patience is None:
            improved = self.active & np.isfinite(costs)
        else:
            improved = self.active & (costs < self.best - self.min_delta)
        self.epochs[self.active] = epoch + 1
        self.best[improved] = costs[improved]
        self.best_epoch[improved] = epoch
        self.stale = np.where(improved, 0, self.stale + 1)
        if self.patience is not None:
            self.active = self.active & (self.stale < self.patience)
        if self.max_epochs is not None:
            self.active = self.active & (epoch + 1 < self.max_epochs)
        return improved

    def state(self) -> dict[str, NDArray]:
        """Arrays by name, for `restore`."""
        return {name: getattr(self, name).copy() for name in ("best", "best_epoch", "stale", "epochs", "active")}

    def restore(self, state: dict[str, NDArray]) -> None:
        """Continue from a `state`."""
        for name, values in state.items():
            getattr(self, name)[...] = values
