"""Root mean squared error, in the target's units."""

import tensorflow as tf

from tf_models.stack.live_rows import LiveRows


def rmse(rows: LiveRows) -> tf.Tensor:
    """`(members,)`."""
    return tf.sqrt(squared_errors(rows) / rows.truth.rows)


def squared_errors(rows: LiveRows) -> tf.Tensor:
    """Sum of the squared errors, `(members,)`."""
    return tf.reduce_sum(tf.where(rows.truth.valid, tf.square(rows.values - rows.targets), 0.0), -1)
