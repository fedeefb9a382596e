"""The gradients of one optimizer step of a stack, as a pure function of its weights and a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from configs.schema import Optimizer
from lightning_mods.members import RowLosses, clip_members, member_losses
from lightning_mods.stack import Stack

Batch = Sequence[Tensor]


@dataclass(frozen=True)
class Step:
    """What stays the same from step to step."""

    stack: Stack
    optimizer: Optimizer
    row_losses: RowLosses

    def losses(self, flat: Tensor, inputs: Tensor, targets: Tensor, shares: Tensor, keys: Tensor) -> Tensor:
        """Training loss of each member, `(members,)`: inputs `(members, batch, columns)`, dropout on."""
        logits = self.stack.logits(flat, inputs, keys, training=True)
        return member_losses(self.row_losses(logits, targets), shares)

    def gradients(self, flat: Tensor, *batch: Tensor) -> tuple[Tensor, Tensor]:
        """Clipped gradients `(members, size)` and losses `(members,)` for a batch: inputs, targets, shares, keys."""
        flat = flat.detach().requires_grad_()
        losses = self.losses(flat, *batch)
        ones = torch.ones(len(flat), dtype=flat.dtype, device=flat.device)
        (gradients,) = torch.autograd.grad(losses, flat, ones)
        return clip_members(gradients, self.optimizer.clip_norm), losses.detach()
