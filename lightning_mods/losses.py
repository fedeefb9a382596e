"""The loss of each member, and clipping of each member's gradient."""

import torch
from torch import Tensor

from lightning_mods.layers import softplus


def row_losses(logits: Tensor, targets: Tensor, task: str) -> Tensor:
    """Loss of every row: logits `(members, batch, outputs)`, targets `(members, batch)` -> `(members, batch)`.

    Binary and multiclass: cross-entropy with the logits. Regression: the squared error.
    """
    if task == "multiclass":
        picked = logits.log_softmax(-1).gather(-1, targets.long()[..., None])
        return -picked[..., 0]
    values = logits.squeeze(-1)
    if task == "binary":
        # As exact in both tails as it can be, its gradient too: the wrong sign of the logit is what costs.
        return softplus(values * (1.0 - 2.0 * targets.to(values.dtype)))
    return (values - targets).square()


def row_shares(weights: Tensor) -> Tensor:
    """What each row is of the mean of its member: `(..., batch)` -> the same; 0 for all of a member without rows."""
    return weights / weights.sum(-1, keepdim=True).clamp_min(1.0)


def member_losses(losses: Tensor, shares: Tensor) -> Tensor:
    """Weighted mean loss of each member: `(members, batch)` twice -> `(members,)`; 0 for a member without rows.

    Sum before `backward`: a mean over members would divide every gradient by the stack's size. `where` because 0 times
    the infinite loss of a padding row would be NaN.
    """
    return (torch.where(shares > 0, losses, 0.0) * shares).sum(1)


def clip_members(gradients: Tensor, norm: float | None) -> Tensor:
    """Scale each member's gradient, `(members, size)`, to at most `norm` (Pascanu et al. 2013, algorithm 1)."""
    if norm is None:
        return gradients
    norms = gradients.square().sum(1, keepdim=True).sqrt()
    return gradients * (norm / torch.clamp_min(norms, norm))
