"""Learning-rate reduction on a plateau, for every member by itself (ReduceLROnPlateau)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.catalogue import metric_of
from experiment.rules.early_stopping import Judged


@dataclass
class PlateauRule:
    """Multiplies a member's learning rate by `factor` after more than `patience` epochs in a row without improvement.

    A member improves when its monitored value beats its best by more than `min_delta`; NaN never improves. The first
    `cooldown` epochs after a reduction do not count. No rate falls below `minimum`. Each member equals
    `torch.optim.lr_scheduler.ReduceLROnPlateau` with `threshold_mode="abs"` and `eps=0`. All arrays have the shape
    `(members,)`; `rates` are at first those of the study.
    """

    rates: NDArray[np.float64]
    monitor: str = "loss"
    factor: float = 0.1
    patience: int = 5
    min_delta: float = 0.0
    cooldown: int = 0
    minimum: float = 0.0
    best: NDArray[np.float64] = field(init=False)
    stale: NDArray[np.int64] = field(init=False)
    cooling: NDArray[np.int64] = field(init=False)
    judged: int = field(init=False)

    def __post_init__(self) -> None:
        """Initial state: `best` is +inf."""
        self.rates = np.array(self.rates, np.float64)
        self.best = np.full(len(self.rates), np.inf)
        self.stale = np.zeros(len(self.rates), dtype=np.int64)
        self.cooling = np.zeros(len(self.rates), dtype=np.int64)
        self.judged = -1

    def judge(self, epoch: int, stack: Judged) -> None:
        """Update by an epoch of `stack`. An epoch is judged once, whoever asks first."""
        if epoch != self.judged:
            record = stack.record(epoch)
            self.update(record.monitored(self.monitor), record.active)
            self.judged = epoch

    def update(self, values: NDArray[np.floating], active: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Update by an epoch's monitored `values`; return which of the `active` members get a lower rate."""
        costs = values if metric_of(self.monitor).falls else -values
        improved = active & (costs < self.best - self.min_delta)
        self.best[improved] = costs[improved]
        cooling = self.cooling > 0
        stale = np.where(improved | cooling, 0, self.stale + 1)
        due = active & (stale > self.patience)
        lowered = np.where(due, np.maximum(self.rates * self.factor, self.minimum), self.rates)
        fallen = lowered < self.rates
        self.rates = np.minimum(lowered, self.rates)
        self.stale = np.where(active, np.where(due, 0, stale), self.stale)
        self.cooling = np.where(active, np.where(due, self.cooldown, self.cooling - cooling), self.cooling)
        return fallen

    def state(self) -> dict[str, NDArray]:
        """Arrays by name, for `restore`."""
        return {name: getattr(self, name).copy() for name in ("rates", "best", "stale", "cooling")}

    def restore(self, state: Mapping[str, NDArray]) -> None:
        """Continue from a `state`."""
        for name, values in state.items():
            getattr(self, name)[...] = values
