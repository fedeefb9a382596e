"""Coefficient of determination: 1 minus the squared errors over those of the mean target."""

import torch
from torch import Tensor

from lightning_mods.live_metrics.rmse import squared_errors
from lightning_mods.stack.live_rows import LiveRows


def r2(rows: LiveRows) -> Tensor:
    """`(members,)`; NaN where all targets are equal."""
    valid, targets = rows.truth.valid, rows.targets
    mean = torch.where(valid, targets, 0.0).sum(-1) / rows.truth.rows
    spread = torch.where(valid, (targets - mean[:, None]).square(), 0.0).sum(-1)
    return torch.where(spread > 0, 1.0 - squared_errors(rows) / spread, torch.nan)
