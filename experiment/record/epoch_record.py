"""Epoch record of a stack: losses and validation metrics of each member, in NumPy."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.member import Member
from reporting.board import tags


@dataclass(frozen=True, eq=False)
class EpochRecord:
    """One epoch of a stack: active members, and each member's losses and metrics.

    Attributes:
        epoch: counted from 0.
        members: their keys.
        active: bool `(members,)`, the members that trained in this epoch.
        train_loss: `(members,)`, mean over the epoch's training steps, dropout on.
        validation: live metrics by name, each `(members,)`; empty without validation rows.
        learning_rate: `(members,)`, that of each member's last step; None if it is unknown.
    """

    epoch: int
    members: Sequence[Member]
    active: NDArray[np.bool_]
    train_loss: NDArray[np.float64]
    validation: Mapping[str, NDArray[np.float64]]
    learning_rate: NDArray[np.float64] | None = None

    def monitored(self, monitor: str) -> NDArray[np.float64]:
        """The values that early stopping monitors, `(members,)`: a validation metric, or without one the train loss."""
        return self.validation[monitor] if self.validation else self.train_loss

    def summary(self) -> dict[str, float]:
        """Means over the active members, under the names that stock callbacks monitor: `loss/train`, ..."""
        validation = {tags.validation(name): values for name, values in self.validation.items()}
        return means({tags.LOSS_TRAIN: self.train_loss} | validation, self.active)

    def line(self) -> dict[str, Any]:
        """The record as one line of `history.jsonl`: active members only; null for values that are not finite."""
        chosen = np.flatnonzero(self.active).tolist()
        values = {"train_loss": self.train_loss} | {f"validation_{k}": v for k, v in self.validation.items()}
        if self.learning_rate is not None:
            values["learning_rate"] = self.learning_rate
        numbers = {name: [_number(value) for value in array[chosen].tolist()] for name, array in values.items()}
        return {"epoch": self.epoch, "members": [list(self.members[index]) for index in chosen]} | numbers


def means(values: Mapping[str, NDArray[np.float64]], active: NDArray[np.bool_]) -> dict[str, float]:
    """Mean of each of `values`, `(members,)`, over `active` members with a value; NaN if there is none."""
    table = np.stack([*values.values()])
    known = active & np.isfinite(table)
    with np.errstate(invalid="ignore"):
        found = np.where(known, table, 0.0).sum(1) / known.sum(1)
    return dict(zip(values, found.tolist(), strict=True))


def _number(value: float) -> float | None:
    """`value` with nine digits, enough for any float32; None if it is not finite."""
    return float(f"{value:.9g}") if math.isfinite(value) else None
