"""Cross entropy with the logits, with label smoothing (Szegedy et al. 2016)."""

import tensorflow as tf

from configs.types import Fraction

TASKS = ("binary", "multiclass")
UNIT_POWER = 0


def row_losses(logits: tf.Tensor, targets: tf.Tensor, *, label_smoothing: Fraction = 0.0) -> tf.Tensor:
    """Loss of every row: logits `(members, batch, outputs)`, targets `(members, batch)` -> `(members, batch)`.

    One output is the logit of the positive class. `label_smoothing` is the share of a row that is spread over all
    classes, its own included.
    """
    smooths = not isinstance(label_smoothing, float) or label_smoothing > 0  # members may have a tensor of their own
    if logits.shape[-1] > 1:
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(targets, tf.int32), logits)
        if smooths:
            losses -= label_smoothing * (tf.reduce_mean(tf.nn.log_softmax(logits), -1) + losses)
        return losses
    # softplus of the logit, negated for the positive class: value and gradient keep their digits in both tails.
    values = tf.squeeze(logits, -1)
    wrong = values * (1.0 - 2.0 * tf.cast(targets, values.dtype))
    return tf.nn.softplus(wrong) - 0.5 * label_smoothing * wrong if smooths else tf.nn.softplus(wrong)
