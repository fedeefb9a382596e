"""The gradients of one optimizer step of a stack, as a pure function of its weights and a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import tensorflow as tf

from configs.schema import Optimizer
from tf_models.members import RowLosses, clip_members, member_losses
from tf_models.stack import Stack

Batch = Sequence[tf.Tensor]


@dataclass(frozen=True)
class Step:
    """What stays the same from step to step."""

    stack: Stack
    optimizer: Optimizer
    row_losses: RowLosses

    def losses(
        self, flat: tf.Tensor, inputs: tf.Tensor, targets: tf.Tensor, shares: tf.Tensor, keys: tf.Tensor
    ) -> tf.Tensor:
        """Training loss of each member, `(members,)`: inputs `(members, batch, columns)`, dropout on."""
        logits = self.stack.logits(flat, inputs, keys, training=True)
        return member_losses(self.row_losses(logits, targets), shares)

    def gradients(self, flat: tf.Tensor, *batch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Clipped gradients `(members, size)` and losses `(members,)` for a batch: inputs, targets, shares, keys."""
        with tf.GradientTape() as tape:
            tape.watch(flat)
            losses = self.losses(flat, *batch)
        # Of a vector it is the gradient of the sum.
        return clip_members(tape.gradient(losses, flat), self.optimizer.clip_norm), losses
