"""Root mean squared error, in the target's units."""

import torch
from torch import Tensor

from lightning_mods.stack.live_rows import LiveRows


def rmse(rows: LiveRows) -> Tensor:
    """`(members,)`."""
    return (squared_errors(rows) / rows.truth.rows).sqrt()


def squared_errors(rows: LiveRows) -> Tensor:
    """Sum of the squared errors, `(members,)`."""
    return torch.where(rows.truth.valid, (rows.values - rows.targets).square(), 0.0).sum(-1)
