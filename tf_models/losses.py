"""The loss of each member, and clipping of each member's gradient."""

import tensorflow as tf


def row_losses(logits: tf.Tensor, targets: tf.Tensor, task: str) -> tf.Tensor:
    """Loss of every row: logits `(members, batch, outputs)`, targets `(members, batch)` -> `(members, batch)`.

    Binary and multiclass: cross-entropy with the logits. Regression: the squared error.
    """
    if task == "multiclass":
        return tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(targets, tf.int32), logits)
    values = tf.squeeze(logits, -1)
    if task == "binary":
        # As exact in both tails as it can be, its gradient too: the wrong sign of the logit is what costs.
        return tf.nn.softplus(values * (1.0 - 2.0 * tf.cast(targets, values.dtype)))
    return tf.square(values - targets)


def row_shares(weights: tf.Tensor) -> tf.Tensor:
    """What each row is of the mean of its member: `(..., batch)` -> the same; 0 for all of a member without rows."""
    return weights / tf.maximum(tf.reduce_sum(weights, -1, keepdims=True), 1.0)


def member_losses(losses: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
    """Weighted mean loss of each member: `(members, batch)` twice -> `(members,)`; 0 for a member without rows.

    Sum before `backward`: a mean over members would divide every gradient by the stack's size. `where` because 0 times
    the infinite loss of a padding row would be NaN.
    """
    return tf.reduce_sum(tf.where(shares > 0, losses, tf.zeros((), losses.dtype)) * shares, 1)


def clip_members(gradients: tf.Tensor, norm: float | None) -> tf.Tensor:
    """Scale each member's gradient, `(members, size)`, to at most `norm` (Pascanu et al. 2013, algorithm 1)."""
    if norm is None:
        return gradients
    norms = tf.sqrt(tf.reduce_sum(tf.square(gradients), 1, keepdims=True))
    return gradients * (norm / tf.maximum(norms, norm))
