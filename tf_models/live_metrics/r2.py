"""Coefficient of determination: 1 minus the squared errors over those of the mean target."""

import tensorflow as tf

from tf_models.live_metrics.rmse import squared_errors
from tf_models.stack.live_rows import LiveRows


def r2(rows: LiveRows) -> tf.Tensor:
    """`(members,)`; NaN where all targets are equal."""
    valid, targets = rows.truth.valid, rows.targets
    mean = tf.reduce_sum(tf.where(valid, targets, 0.0), -1) / rows.truth.rows
    spread = tf.reduce_sum(tf.where(valid, tf.square(targets - mean[:, None]), 0.0), -1)
    return tf.where(spread > 0, 1.0 - squared_errors(rows) / spread, float("nan"))
