"""Quantile (pinball) loss (Koenker and Bassett 1978): the constant with the smallest mean loss is that quantile."""

import tensorflow as tf

from configs.types import Share

TASKS = ("regression",)
UNIT_POWER = 1


def row_losses(logits: tf.Tensor, targets: tf.Tensor, *, quantile: Share = 0.5) -> tf.Tensor:
    """Loss of every row: logits `(members, batch, 1)`, targets `(members, batch)` -> `(members, batch)`.

    With `quantile` 0.9 an underestimate costs nine times as much as an overestimate; 0.5 is half the absolute error.
    """
    errors = targets - tf.squeeze(logits, -1)
    return tf.where(errors >= 0, quantile * errors, (quantile - 1.0) * errors)
