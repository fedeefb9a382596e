"""Exact area under the ROC curve, ties count one half."""

import tensorflow as tf

from tf_models.stack.live_rows import LiveRows, Truth


def auroc(rows: LiveRows) -> tf.Tensor:
    """`(members,)`, NaN without both classes; of several classes, the mean over those with a value."""
    return rows.over_classes(area(rows.scores, rows.truth))


def area(scores: tf.Tensor, truth: Truth) -> tf.Tensor:
    """Mann and Whitney's U by binary search among the sorted negatives: finite scores `(..., rows)` -> `(...)`."""
    positive, negative = tf.unstack(truth.sides)
    ladder = tf.sort(tf.where(negative, scores, tf.constant(float("inf"), scores.dtype)), axis=-1)
    # What `tf.searchsorted` calls, without a dozen operations around each that ask for known shapes.
    ladder, values = (tf.reshape(part, (-1, scores.shape[-1])) for part in (ladder, scores))
    ranks = tf.raw_ops.LowerBound(sorted_inputs=ladder, values=values)
    ranks = tf.reshape(ranks + tf.raw_ops.UpperBound(sorted_inputs=ladder, values=values), scores.shape)
    return tf.reduce_sum(tf.where(positive, tf.cast(ranks, tf.float64), 0.0), -1) / truth.pairs
