"""Huber loss (Huber 1964): squared error up to `delta`, linear beyond."""

import tensorflow as tf

from configs.types import Positive

TASKS = ("regression",)
UNIT_POWER = 2


def row_losses(logits: tf.Tensor, targets: tf.Tensor, *, delta: Positive = 1.0) -> tf.Tensor:
    """Loss of every row: logits `(members, batch, 1)`, targets `(members, batch)` -> `(members, batch)`.

    `delta` is in standard deviations of the target, since targets are standardised.
    """
    errors = tf.abs(tf.squeeze(logits, -1) - targets)
    squared = tf.minimum(errors, tf.convert_to_tensor(delta, errors.dtype))
    return squared * (errors - 0.5 * squared)
