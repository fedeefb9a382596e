"""One optimizer step of a stack as a pure function: weights, state and a batch in, weights, state and losses out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import tensorflow as tf

from configs.schema import Optimizer
from tf_models.losses import clip_members, member_losses, row_losses
from tf_models.optimizers import State, update
from tf_models.stack import Stack

Batch = Sequence[tf.Tensor]
StepFunction = Callable[[tf.Tensor, State, Batch, tf.Tensor, tf.Tensor], tuple[tf.Tensor, State, tf.Tensor]]


@dataclass(frozen=True)
class Step:
    """What stays the same from step to step."""

    stack: Stack
    optimizer: Optimizer
    task: str

    def losses(
        self, flat: tf.Tensor, inputs: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor, keys: tf.Tensor
    ) -> tf.Tensor:
        """Training loss of each member, `(members,)`: inputs `(members, batch, columns)`, dropout on."""
        logits = self.stack.logits(flat, inputs, keys, training=True)
        return member_losses(row_losses(logits, targets, self.task), weights)

    def __call__(
        self, flat: tf.Tensor, state: State, batch: Batch, active: tf.Tensor, rates: tf.Tensor
    ) -> tuple[tf.Tensor, State, tf.Tensor]:
        """Move the members that are `active` along a batch: inputs, targets, weights, keys."""
        with tf.GradientTape() as tape:
            tape.watch(flat)
            losses = self.losses(flat, *batch)
            total = tf.reduce_sum(losses)
        gradients = clip_members(tape.gradient(total, flat), self.optimizer.clip_norm)
        moved, state = update(self.optimizer, flat, gradients, state, active, rates)
        return moved, state, losses
