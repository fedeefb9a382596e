"""The gradients of one optimizer step of a stack, as a pure function of its weights and a batch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from configs.sections.optimizer import Optimizer
from lightning_mods.stack.members import RowLosses, clip_members, member_losses, row_losses
from lightning_mods.stack.stack import Stack
from lightning_mods.stack.target_units import of_normal_scores, of_standardised

Batch = Sequence[Tensor]


@dataclass(frozen=True)
class Step:
    """The constants of all steps of a stack; the settings named in `own` come with each batch, `(members, ...)`.

    `total` adds up gradients `(members, size)` and losses `(members,)` over the devices that share the rows of a batch.
    """

    stack: Stack
    optimizer: Optimizer
    row_losses: RowLosses
    own: tuple[str, ...] = ()
    total: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] | None = None

    def losses(
        self, flat: Tensor, inputs: Tensor, targets: Tensor, shares: Tensor, keys: Tensor, *own: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Training loss of each member, and the loss that is reported, `(members,)`.

        Inputs are `(members, batch, columns)`; dropout is on.
        """
        settings = self.settings(own)
        drops = [settings[name] for name in ("thresholds", "scales") if name in settings]
        logits = self.stack.logits(flat, inputs, keys, True, drops)
        arguments = {name[5:]: value.to(flat.dtype) for name, value in settings.items() if name.startswith("loss.")}
        losses = member_losses(self.row_losses(logits, targets, **arguments), shares)
        return losses, self.reported(losses, logits.detach(), targets, shares, settings)

    def reported(
        self, losses: Tensor, logits: Tensor, targets: Tensor, shares: Tensor, settings: Mapping[str, Tensor]
    ) -> Tensor:
        """The training losses; of a target that is learned on another scale, the task's own loss in its own units."""
        own = {name[7:]: value.to(logits.dtype) for name, value in settings.items() if name.startswith("target.")}
        if not own:
            return losses
        restore: Callable[[Tensor], Tensor] = partial(of_standardised, log=True, **own)
        if "quantiles" in own:
            restore = partial(of_normal_scores, **own)
        restored = row_losses(restore(logits), restore(targets[..., None])[..., 0], "regression")
        return member_losses(restored, shares)

    def gradients(self, flat: Tensor, *batch: Tensor) -> tuple[Tensor, Tensor]:
        """Clipped gradients `(members, size)` and losses `(members,)` of inputs, targets, shares, keys, own."""
        settings = self.settings(batch[4:])
        flat = flat.detach().requires_grad_()
        losses, reported = self.losses(flat, *batch)
        ones = torch.ones(len(flat), dtype=flat.dtype, device=flat.device)
        (gradients,) = torch.autograd.grad(losses, flat, ones)
        reported = reported.detach()
        if self.total is not None:
            gradients, reported = self.total(gradients, reported)
        return clip_members(gradients, settings.get("clip_norm", self.optimizer.clip_norm)), reported

    def settings(self, own: Batch) -> dict[str, Tensor]:
        """What comes with a batch behind its four parts, by name."""
        return dict(zip(self.own, own, strict=True))
