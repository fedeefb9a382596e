"""Focal loss (Lin et al. 2017): cross entropy that counts less where the target is already likely."""

import numpy as np
import tensorflow as tf

from configs.types import Nonnegative

TASKS = ("binary", "multiclass")
UNIT_POWER = 0


def row_losses(logits: tf.Tensor, targets: tf.Tensor, *, gamma: Nonnegative = 2.0) -> tf.Tensor:
    """Loss of every row: logits `(members, batch, outputs)`, targets `(members, batch)` -> `(members, batch)`.

    `(1 - p) ** gamma` times the cross entropy, `p` being the probability of the target; 0 is the cross entropy itself.
    """
    against = _log_odds_against(logits, targets)
    return tf.exp(-gamma * tf.nn.softplus(-against)) * tf.nn.softplus(against)


def _log_odds_against(logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """`log((1 - p) / p)` of each row, which keeps its digits where `p` rounds to 1: `(members, batch)`."""
    if logits.shape[-1] == 1:
        values = tf.squeeze(logits, -1)
        return values * (1.0 - 2.0 * tf.cast(targets, values.dtype))
    target = tf.one_hot(tf.cast(targets, tf.int32), logits.shape[-1], True, False)
    others = tf.reduce_logsumexp(tf.where(target, tf.constant(-np.inf, logits.dtype), logits), -1)
    return others - tf.reduce_sum(tf.where(target, logits, tf.zeros((), logits.dtype)), -1)
