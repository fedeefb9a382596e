"""The loss of each member, and clipping of each member's gradient."""

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module

import numpy as np
import tensorflow as tf

from configs.seats.losses import Loss

RowLosses = Callable[..., tf.Tensor]
"""Logits `(members, batch, outputs)` and targets `(members, batch)` -> the loss of every row, `(members, batch)`.

Keyword arguments `(members, 1)` stand for those of the study where members have their own.
"""


def load_loss(loss: Loss, task: str) -> RowLosses:
    """The function `row_losses` of `losses/NAME.py`, with the arguments that a study gives it."""
    name = f"tf_models.losses.{loss.of_task(task)}"
    function: RowLosses = partial(import_module(name).row_losses, **loss.arguments)
    return function


def row_losses(logits: tf.Tensor, targets: tf.Tensor, task: str) -> tf.Tensor:
    """Loss of every row by the default loss of the task, which live metrics report whatever the training loss is."""
    return _task_loss(task)(logits, targets)


@cache
def _task_loss(task: str) -> RowLosses:
    return load_loss(Loss(), task)


def row_shares(weights: tf.Tensor) -> tf.Tensor:
    """Weight of each row in its member's mean loss: `(..., batch)` -> the same; 0 for all of a member without rows."""
    smallest = np.finfo(weights.dtype.as_numpy_dtype).tiny
    return weights / tf.maximum(tf.reduce_sum(weights, -1, keepdims=True), smallest)


def member_losses(losses: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
    """Weighted mean loss of each member: `(members, batch)` twice -> `(members,)`; 0 for a member without rows.

    Sum before `backward`: a mean over members would divide every gradient by the stack's size. `where` because 0 times
    the infinite loss of a padding row would be NaN.
    """
    return tf.reduce_sum(tf.where(shares > 0, losses, tf.zeros((), losses.dtype)) * shares, 1)


def clip_members(gradients: tf.Tensor, norm: tf.Tensor | float | None) -> tf.Tensor:
    """Scale each member's gradient, `(members, size)`, to at most `norm` (Pascanu et al. 2013, algorithm 1).

    One norm for all members, None for no clipping, or `(members, 1)`, where inf does not clip.
    """
    if norm is None:
        return gradients
    norms = tf.sqrt(tf.reduce_sum(tf.square(gradients), 1, keepdims=True))
    if tf.is_tensor(norm):
        norm = tf.cast(norm, gradients.dtype)
        return gradients * tf.where(tf.math.is_inf(norm), tf.ones_like(norm), norm / tf.maximum(norms, norm))
    return gradients * (norm / tf.maximum(norms, norm))
