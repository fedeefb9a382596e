"""The gradients of one optimizer step of a stack, as a pure function of its weights and a batch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import tensorflow as tf

from configs.sections.optimizer import Optimizer
from tf_models.stack.members import RowLosses, clip_members, member_losses, row_losses
from tf_models.stack.stack import Stack
from tf_models.stack.target_units import of_normal_scores, of_standardised

Batch = Sequence[tf.Tensor]


@dataclass(frozen=True)
class Step:
    """The constants of all steps of a stack; the settings named in `own` come with each batch, `(members, ...)`.

    `total` adds up gradients `(members, size)` and losses `(members,)` over the devices that share the rows of a batch.
    """

    stack: Stack
    optimizer: Optimizer
    row_losses: RowLosses
    own: tuple[str, ...] = ()
    total: Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]] | None = None

    def losses(
        self,
        flat: tf.Tensor,
        inputs: tf.Tensor,
        targets: tf.Tensor,
        shares: tf.Tensor,
        keys: tf.Tensor,
        *own: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Training loss of each member, and the loss that is reported, `(members,)`.

        Inputs are `(members, batch, columns)`; dropout is on.
        """
        settings = self.settings(own)
        drops = [settings[name] for name in ("thresholds", "scales") if name in settings]
        logits = self.stack.logits(flat, inputs, keys, True, drops)
        arguments = {
            name[5:]: tf.cast(value, flat.dtype) for name, value in settings.items() if name.startswith("loss.")
        }
        losses = member_losses(self.row_losses(logits, targets, **arguments), shares)
        return losses, self.reported(losses, logits, targets, shares, settings)

    def reported(
        self,
        losses: tf.Tensor,
        logits: tf.Tensor,
        targets: tf.Tensor,
        shares: tf.Tensor,
        settings: Mapping[str, tf.Tensor],
    ) -> tf.Tensor:
        """The training losses; of a target that is learned on another scale, the task's own loss in its own units."""
        own = {name[7:]: tf.cast(value, logits.dtype) for name, value in settings.items() if name.startswith("target.")}
        if not own:
            return losses
        restore: Callable[[tf.Tensor], tf.Tensor] = partial(of_standardised, log=True, **own)
        if "quantiles" in own:
            restore = partial(of_normal_scores, **own)
        restored = row_losses(restore(logits), restore(targets[..., None])[..., 0], "regression")
        return member_losses(restored, shares)

    def gradients(self, flat: tf.Tensor, *batch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Clipped gradients `(members, size)` and losses `(members,)` of inputs, targets, shares, keys, own."""
        settings = self.settings(batch[4:])
        with tf.GradientTape() as tape:
            tape.watch(flat)
            losses, reported = self.losses(flat, *batch)
        gradients = tape.gradient(losses, flat)  # of a vector it is the gradient of the sum
        if self.total is not None:
            gradients, reported = self.total(gradients, reported)
        return clip_members(gradients, settings.get("clip_norm", self.optimizer.clip_norm)), reported

    def settings(self, own: Batch) -> dict[str, tf.Tensor]:
        """What comes with a batch behind its four parts, by name."""
        return dict(zip(self.own, own, strict=True))
