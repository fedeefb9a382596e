"""Squared error, the loss of least-squares regression."""

from torch import Tensor

TASKS = ("regression",)
UNIT_POWER = 2


def row_losses(logits: Tensor, targets: Tensor) -> Tensor:
    """Loss of every row: logits `(members, batch, 1)`, targets `(members, batch)` -> `(members, batch)`."""
    return (logits.squeeze(-1) - targets).square()
