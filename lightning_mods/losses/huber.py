"""Huber loss (Huber 1964): squared error up to `delta`, linear beyond."""

from torch import Tensor

from configs.types import Positive

TASKS = ("regression",)
UNIT_POWER = 2


def row_losses(logits: Tensor, targets: Tensor, *, delta: Positive = 1.0) -> Tensor:
    """Loss of every row: logits `(members, batch, 1)`, targets `(members, batch)` -> `(members, batch)`.

    `delta` is in standard deviations of the target, since targets are standardised.
    """
    errors = (logits.squeeze(-1) - targets).abs()
    squared = errors.clamp_max(delta)
    return squared * (errors - 0.5 * squared)
