"""Focal loss (Lin et al. 2017): cross entropy that counts less where the target is already likely."""

import torch
from torch import Tensor

from configs.types import Nonnegative
from lightning_mods.layers import softplus

TASKS = ("binary", "multiclass")
UNIT_POWER = 0


def row_losses(logits: Tensor, targets: Tensor, *, gamma: Nonnegative = 2.0) -> Tensor:
    """Loss of every row: logits `(members, batch, outputs)`, targets `(members, batch)` -> `(members, batch)`.

    `(1 - p) ** gamma` times the cross entropy, `p` being the probability of the target; 0 is the cross entropy itself.
    """
    against = _log_odds_against(logits, targets)
    return (-gamma * softplus(-against)).exp() * softplus(against)


def _log_odds_against(logits: Tensor, targets: Tensor) -> Tensor:
    """`log((1 - p) / p)` of each row, which keeps its digits where `p` rounds to 1: `(members, batch)`."""
    if logits.shape[-1] == 1:
        values = logits.squeeze(-1)
        return values * (1.0 - 2.0 * targets.to(values.dtype))
    targets = targets.long()[..., None]
    target = targets == torch.arange(logits.shape[-1], device=logits.device)
    return torch.where(target, -torch.inf, logits).logsumexp(-1) - logits.gather(-1, targets)[..., 0]
