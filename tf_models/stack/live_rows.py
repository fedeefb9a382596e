"""Inputs of the live metrics: what several of them need of the validation rows, computed once."""

from functools import cached_property
from typing import NamedTuple

import tensorflow as tf

from tf_models.stack.members import row_shares


class Truth(NamedTuple):
    """Quantities that depend on the targets and weights of the rows alone, computed once.

    `targets`, `shares` in the mean and `valid` are `(members, rows)`. The two `sides`, positive and negative, are
    `(2, members, rows)`, or for each of many classes against the rest `(2, members, classes, rows)`; padding is on
    neither. Counts have no axis of rows and are float64; `pairs` are counted twice, since a tie is half a win.
    """

    targets: tf.Tensor
    shares: tf.Tensor
    valid: tf.Tensor
    sides: tf.Tensor
    positives: tf.Tensor
    negatives: tf.Tensor
    pairs: tf.Tensor
    rows: tf.Tensor


def truth(targets: tf.Tensor, weights: tf.Tensor, task: str, classes: int = 1) -> Truth:
    """`Truth` of targets and weights `(members, rows)`; for a regression the fields about classes have no meaning."""
    valid, of_class = weights > 0, targets == 1
    among = valid
    if task == "multiclass":
        of_class = targets[:, None] == tf.range(classes, dtype=targets.dtype)[:, None]
        among = valid[:, None]
    sides = tf.stack([among & of_class, among & ~of_class])
    positives, negatives = tf.unstack(count(sides))
    pairs, shares = 2.0 * positives * negatives, row_shares(tf.cast(weights, tf.float64))
    return Truth(targets, shares, valid, sides, positives, negatives, pairs, count(valid))


def log_odds(logits: tf.Tensor) -> tf.Tensor:
    """Log odds of each class against the rest, `(..., classes)` twice: they rank rows whose probability rounds to 1.

    Rounded to 1e-9, so that equal odds are a tie in whatever order they were summed.
    """
    logits = tf.cast(logits, tf.float64)
    first = tf.one_hot(tf.argmax(logits, -1), logits.shape[-1], on_value=True, off_value=False)
    rest = tf.where(first, tf.constant(-float("inf"), tf.float64), logits)
    others = tf.reduce_logsumexp(rest, -1, keepdims=True)
    log_share = tf.where(first, tf.constant(-1.0, tf.float64), tf.nn.log_softmax(logits))
    odds = tf.where(first, logits - others, log_share - tf.math.log1p(-tf.exp(log_share)))
    return tf.round(odds * 1e9) / 1e9


class LiveRows:
    """Outputs of the members for their rows, with the targets of these; every count is float64.

    Attributes:
        logits: `(members, rows, outputs)`; of a regression the values, in the target's units.
        truth: targets and weights of the same rows.
        task: `binary`, `multiclass` or `regression`.
    """

    def __init__(self, logits: tf.Tensor, truth: Truth, task: str) -> None:
        """Properties are computed when a metric first reads them."""
        self.logits, self.truth, self.task = logits, truth, task

    @cached_property
    def values(self) -> tf.Tensor:
        """Predicted values of a regression, float64 `(members, rows)`."""
        return tf.cast(tf.squeeze(self.logits, -1), tf.float64)

    @cached_property
    def targets(self) -> tf.Tensor:
        """Targets of a regression, float64 `(members, rows)`."""
        return tf.cast(self.truth.targets, tf.float64)

    @cached_property
    def scores(self) -> tf.Tensor:
        """Log odds: `(members, rows)`; of several classes each against the rest, `(members, classes, rows)`."""
        if self.task == "binary":
            return tf.squeeze(self.logits, -1)
        return tf.linalg.matrix_transpose(log_odds(self.logits))

    @cached_property
    def predicted(self) -> tf.Tensor:
        """Whether a row is predicted to be positive, or of each class: bool, in the shape of `scores`."""
        if self.task == "binary":
            return self.scores >= 0
        return tf.argmax(self.logits, -1)[:, None] == tf.range(self.logits.shape[-1], dtype=tf.int64)[:, None]

    @cached_property
    def hits(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Numbers of true and of false positives, `(members,)`, or of each of several classes `(members, classes)`."""
        hits, alarms = tf.unstack(count(self.predicted & self.truth.sides))
        return hits, alarms

    def over_classes(self, values: tf.Tensor) -> tf.Tensor:
        """`(members,)` unchanged; of several classes, the mean of `(members, classes)` over those with a value."""
        if self.task != "multiclass":
            return values
        known = tf.math.is_finite(values)
        return tf.reduce_sum(tf.where(known, values, 0.0), -1) / count(known)

    @cached_property
    def are_finite(self) -> tf.Tensor:
        """Whether all outputs of a member are finite, those of padding excluded: bool `(members,)`."""
        return tf.reduce_all(tf.reduce_all(tf.math.is_finite(self.logits), -1) | ~self.truth.valid, -1)


def count(flags: tf.Tensor) -> tf.Tensor:
    """Number of True values along the last axis, float64."""
    return tf.reduce_sum(tf.cast(flags, tf.float64), -1)
