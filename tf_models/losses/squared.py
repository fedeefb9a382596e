"""Squared error, the loss of least-squares regression."""

import tensorflow as tf

TASKS = ("regression",)
UNIT_POWER = 2


def row_losses(logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Loss of every row: logits `(members, batch, 1)`, targets `(members, batch)` -> `(members, batch)`."""
    return tf.square(tf.squeeze(logits, -1) - targets)
