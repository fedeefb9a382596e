"""One optimizer step of a stack as a pure function: weights, state and a batch in, weights, state and losses out."""

from dataclasses import dataclass

import torch
from torch import Tensor

from configs.schema import Optimizer
from lightning_mods.layers import InputLayer
from lightning_mods.losses import clip_members, member_losses, row_losses
from lightning_mods.optimizers import State, update
from lightning_mods.stack import Stack


@dataclass(frozen=True)
class Step:
    """What stays the same from step to step."""

    stack: Stack
    inputs: InputLayer
    optimizer: Optimizer
    task: str

    def losses(self, flat: Tensor, features: Tensor, targets: Tensor, weights: Tensor, keys: Tensor) -> Tensor:
        """Training loss of each member, `(members,)`: raw features `(members, batch, columns)`, dropout on."""
        logits = self.stack.logits(flat, self.inputs(features), keys, training=True)
        return member_losses(row_losses(logits, targets, self.task), weights)

    def __call__(
        self,
        flat: Tensor,
        state: State,
        batch: tuple[Tensor, Tensor, Tensor, Tensor],
        unfinished: Tensor,
        rates: Tensor,
    ) -> tuple[Tensor, State, Tensor]:
        """Move the members that are `unfinished` and have rows in `batch`: features, targets, weights, keys."""
        features, targets, weights, keys = batch
        flat = flat.detach().requires_grad_()
        losses = self.losses(flat, features, targets, weights, keys)
        (gradients,) = torch.autograd.grad(losses.sum(), flat)
        gradients = clip_members(gradients, self.optimizer.clip_norm)
        active = unfinished & (weights.sum(1) > 0)
        moved, state = update(self.optimizer, flat.detach(), gradients, state, active, rates)
        return moved, state, losses.detach()
