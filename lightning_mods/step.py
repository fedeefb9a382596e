"""One optimizer step of a stack as a pure function: weights, state and a batch in, weights, state and losses out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from configs.schema import Optimizer
from lightning_mods.losses import clip_members, member_losses, row_losses
from lightning_mods.optimizers import State, update
from lightning_mods.stack import Stack

Batch = Sequence[Tensor]
StepFunction = Callable[[Tensor, State, Batch, Tensor, Tensor], tuple[Tensor, State, Tensor]]
ChunkFunction = StepFunction
"""The same for all steps of a chunk: batches, active and losses have a leading axis `steps`."""


@dataclass(frozen=True)
class Step:
    """What stays the same from step to step."""

    stack: Stack
    optimizer: Optimizer
    task: str

    def losses(self, flat: Tensor, inputs: Tensor, targets: Tensor, weights: Tensor, keys: Tensor) -> Tensor:
        """Training loss of each member, `(members,)`: inputs `(members, batch, columns)`, dropout on."""
        logits = self.stack.logits(flat, inputs, keys, training=True)
        return member_losses(row_losses(logits, targets, self.task), weights)

    def __call__(
        self, flat: Tensor, state: State, batch: Batch, active: Tensor, rates: Tensor
    ) -> tuple[Tensor, State, Tensor]:
        """Move the members that are `active` along a batch: inputs, targets, weights, keys."""
        flat = flat.detach().requires_grad_()
        losses = self.losses(flat, *batch)
        ones = torch.ones(len(flat), dtype=flat.dtype, device=flat.device)
        (gradients,) = torch.autograd.grad(losses, flat, ones)
        gradients = clip_members(gradients, self.optimizer.clip_norm)
        moved, state = update(self.optimizer, flat.detach(), gradients, state, active, rates)
        return moved, state, losses.detach()
