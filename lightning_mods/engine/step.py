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
    """What stays the same from step to step; the settings named in `own` come with each batch, `(members, ...)`."""

    stack: Stack
    optimizer: Optimizer
    row_losses: RowLosses
    own: tuple[str, ...] = ()

    def losses(
        self, flat: Tensor, inputs: Tensor, targets: Tensor, shares: Tensor, keys: Tensor, *own: Tensor
    ) -> Tensor:
        """Training loss of each member, `(members,)`: inputs `(members, batch, columns)`, dropout on."""
        settings = self.settings(own)
        drops = [settings[name] for name in ("thresholds", "scales") if name in settings]
        logits = self.stack.logits(flat, inputs, keys, True, drops)
        arguments = {name[5:]: value.to(flat.dtype) for name, value in settings.items() if name.startswith("loss.")}
        return member_losses(self.row_losses(logits, targets, **arguments), shares)

    def gradients(self, flat: Tensor, *batch: Tensor) -> tuple[Tensor, Tensor]:
        """Clipped gradients `(members, size)` and losses `(members,)` of inputs, targets, shares, keys, own."""
        settings = self.settings(batch[4:])
        flat = flat.detach().requires_grad_()
        losses = self.losses(flat, *batch)
        ones = torch.ones(len(flat), dtype=flat.dtype, device=flat.device)
        (gradients,) = torch.autograd.grad(losses, flat, ones)
        return clip_members(gradients, settings.get("clip_norm", self.optimizer.clip_norm)), losses.detach()

    def settings(self, own: Batch) -> dict[str, Tensor]:
        """What comes with a batch behind its four parts, by name."""
        return dict(zip(self.own, own, strict=True))
