"""Quantile (pinball) loss (Koenker and Bassett 1978): the constant with the smallest mean loss is that quantile."""

import torch
from torch import Tensor

from configs.types import Share

TASKS = ("regression",)
UNIT_POWER = 1


def row_losses(logits: Tensor, targets: Tensor, *, quantile: Share = 0.5) -> Tensor:
    """Loss of every row: logits `(members, batch, 1)`, targets `(members, batch)` -> `(members, batch)`.

    With `quantile` 0.9 an underestimate costs nine times as much as an overestimate; 0.5 is half the absolute error.
    """
    errors = targets - logits.squeeze(-1)
    return torch.where(errors >= 0, quantile * errors, (quantile - 1.0) * errors)
