"""F1: the harmonic mean of precision and recall."""

import tensorflow as tf

from tf_models.stack.live_rows import LiveRows


def f1(rows: LiveRows) -> tf.Tensor:
    """`2 TP / (2 TP + FP + FN)`, `(members,)`; NaN where nothing is positive or predicted to be."""
    hits, alarms = rows.hits
    return rows.over_classes(2.0 * hits / (hits + alarms + rows.truth.positives))
