"""The loss of each member, and clipping of each member's gradient."""

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module

import torch
from torch import Tensor

from configs.seats.losses import Loss

RowLosses = Callable[..., Tensor]
"""Logits `(members, batch, outputs)` and targets `(members, batch)` -> the loss of every row, `(members, batch)`.

Keyword arguments `(members, 1)` stand for those of the study where members have their own.
"""


def load_loss(loss: Loss, task: str) -> RowLosses:
    """The function `row_losses` of `losses/NAME.py`, with the arguments that a study gives it."""
    name = f"lightning_mods.losses.{loss.of_task(task)}"
    function: RowLosses = partial(import_module(name).row_losses, **loss.arguments)
    return function


def row_losses(logits: Tensor, targets: Tensor, task: str) -> Tensor:
    """Loss of every row by the default loss of the task, which live metrics report whatever the training loss is."""
    return _task_loss(task)(logits, targets)


@cache
def _task_loss(task: str) -> RowLosses:
    return load_loss(Loss(), task)


def row_shares(weights: Tensor) -> Tensor:
    """Weight of each row in its member's mean loss: `(..., batch)` -> the same; 0 for all of a member without rows."""
    smallest = torch.finfo(weights.dtype).tiny
    return weights / weights.sum(-1, keepdim=True).clamp_min(smallest)


def member_losses(losses: Tensor, shares: Tensor) -> Tensor:
    """Weighted mean loss of each member: `(members, batch)` twice -> `(members,)`; 0 for a member without rows.

    Sum before `backward`: a mean over members would divide every gradient by the stack's size. `where` because 0 times
    the infinite loss of a padding row would be NaN.
    """
    return (torch.where(shares > 0, losses, 0.0) * shares).sum(1)


def clip_members(gradients: Tensor, norm: Tensor | float | None) -> Tensor:
    """Scale each member's gradient, `(members, size)`, to at most `norm` (Pascanu et al. 2013, algorithm 1).

    One norm for all members, None for no clipping, or `(members, 1)`, where inf does not clip.
    """
    if norm is None:
        return gradients
    norms = gradients.square().sum(1, keepdim=True).sqrt()
    if isinstance(norm, Tensor):
        own = norm.to(gradients.dtype)
        return gradients * torch.where(own.isinf(), 1.0, own / torch.maximum(norms, own))
    return gradients * (norm / torch.clamp_min(norms, norm))
