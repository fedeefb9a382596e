"""Accuracy: the share of rows whose class is predicted."""

import tensorflow as tf

from tf_models.stack.live_rows import LiveRows


def accuracy(rows: LiveRows) -> tf.Tensor:
    """`(members,)`; the positive class is predicted from a probability of 0.5 on."""
    hits, alarms = rows.hits
    correct = tf.reduce_sum(hits, -1) if rows.task == "multiclass" else hits + rows.truth.negatives - alarms
    return correct / rows.truth.rows
