"""Live metrics of every member, on the device and exact: pure functions below, a Keras shell above."""

from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf

from tf_models.members import member_losses, row_losses, row_shares

_NAN = float("nan")


class Truth(NamedTuple):
    """What is known of rows whatever is said of them: what follows from targets and weights alone.

    `targets`, `shares` in the mean and `valid` are `(members, rows)`. The two `sides`, positive and negative, are
    `(2, members, rows)`, or for each of many classes against the rest `(2, members, classes, rows)`; padding is on
    neither. Counts are without the rows, and float64; `pairs` are counted twice, since a tie is half a win.
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
    """Of targets and weights `(members, rows)`. A regression has no classes, and what is said of them means nothing."""
    valid, of_class = weights > 0, targets == 1
    among = valid
    if task == "multiclass":
        of_class = targets[:, None] == tf.range(classes, dtype=targets.dtype)[:, None]
        among = valid[:, None]
    sides = tf.stack([among & of_class, among & ~of_class])
    positives, negatives = tf.unstack(_count(sides))
    pairs, shares = 2.0 * positives * negatives, row_shares(tf.cast(weights, tf.float64))
    return Truth(targets, shares, valid, sides, positives, negatives, pairs, _count(valid))


def auroc(scores: tf.Tensor, truth: Truth) -> tf.Tensor:
    """Exact area under the ROC curve, ties count one half: finite scores `(..., rows)` -> `(...)`.

    Mann and Whitney's U by binary search among the sorted negatives. NaN without both classes.
    """
    positive, negative = tf.unstack(truth.sides)
    ladder = tf.sort(tf.where(negative, scores, tf.constant(float("inf"), scores.dtype)), axis=-1)
    # What `tf.searchsorted` calls, without a dozen operations around each that ask for known shapes.
    ladder, values = (tf.reshape(part, (-1, scores.shape[-1])) for part in (ladder, scores))
    ranks = tf.raw_ops.LowerBound(sorted_inputs=ladder, values=values)
    ranks = tf.reshape(ranks + tf.raw_ops.UpperBound(sorted_inputs=ladder, values=values), scores.shape)
    return tf.reduce_sum(tf.where(positive, tf.cast(ranks, tf.float64), 0.0), -1) / truth.pairs


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


def f1(hits: tf.Tensor, alarms: tf.Tensor, truth: Truth) -> tf.Tensor:
    """`2 TP / (2 TP + FP + FN)` of true and false positives `(...)`; NaN where nothing is or was predicted."""
    return 2.0 * hits / (hits + alarms + truth.positives)


def live_metrics(logits: tf.Tensor, truth: Truth, task: str) -> dict[str, tf.Tensor]:
    """Metrics by name, each `(members,)`, of logits `(members, rows, outputs)`.

    Binary: loss, auroc, f1, accuracy. Multiclass: the same, auroc one against the rest and f1 averaged over the
    classes that are defined. Regression: loss and rmse in the units given, and r2. A member that gives something that
    is not finite, where it is no padding, has none but its loss.
    """
    loss = member_losses(tf.cast(row_losses(logits, truth.targets, task), tf.float64), truth.shares)
    if task == "regression":
        return {"loss": loss} | regression(tf.squeeze(logits, -1), truth)
    if task == "binary":
        scores = tf.squeeze(logits, -1)
        predicted = scores >= 0
    else:
        scores = tf.linalg.matrix_transpose(log_odds(logits))
        predicted = tf.argmax(logits, -1)[:, None] == tf.range(logits.shape[-1], dtype=tf.int64)[:, None]
    hits, alarms = tf.unstack(_count(predicted & truth.sides))
    area, harmonic = auroc(scores, truth), f1(hits, alarms, truth)
    if task == "binary":
        correct = hits + truth.negatives - alarms
    else:
        area, harmonic, correct = _mean_of_known(area), _mean_of_known(harmonic), tf.reduce_sum(hits, -1)
    known = tf.reduce_all(tf.reduce_all(tf.math.is_finite(logits), -1) | ~truth.valid, -1)
    metrics = tf.where(known, tf.stack([area, harmonic, correct / truth.rows]), _NAN)
    return {"loss": loss} | dict(zip(("auroc", "f1", "accuracy"), tf.unstack(metrics), strict=True))


def regression(values: tf.Tensor, truth: Truth) -> dict[str, tf.Tensor]:
    """Root mean squared error and coefficient of determination: `(members, rows)` -> `(members,)`."""
    values, targets = tf.cast(values, tf.float64), tf.cast(truth.targets, tf.float64)
    residual = tf.reduce_sum(tf.where(truth.valid, tf.square(values - targets), 0.0), -1)
    mean = tf.reduce_sum(tf.where(truth.valid, targets, 0.0), -1) / truth.rows
    spread = tf.reduce_sum(tf.where(truth.valid, tf.square(targets - mean[:, None]), 0.0), -1)
    return {"rmse": tf.sqrt(residual / truth.rows), "r2": tf.where(spread > 0, 1.0 - residual / spread, _NAN)}


def _count(flags: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(flags, tf.float64), -1)


def _mean_of_known(values: tf.Tensor) -> tf.Tensor:
    known = tf.math.is_finite(values)
    return tf.reduce_sum(tf.where(known, values, 0.0), -1) / _count(known)


class MemberMetrics(keras.metrics.Metric):
    """`live_metrics` over batches: keeps logits, targets and weights on the device until `result`."""

    def __init__(self, task: str) -> None:
        """Of nothing yet."""
        super().__init__(name="members", dtype="float64")
        self.task = task
        self._known: tuple[tf.Tensor, tf.Tensor, Truth, Callable[..., dict[str, tf.Tensor]]] | None = None
        self.reset_state()

    @property
    def filled(self) -> bool:
        """Whether there is something to judge."""
        return bool(self.logits)

    def update_state(self, logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor) -> None:
        """Add `(members, batch, outputs)`, `(members, batch)`, `(members, batch)`."""
        self.logits += (logits,)
        self.targets += (targets,)
        self.weights += (weights,)

    def reset_state(self) -> None:
        """Forget every batch; Keras asks for it twice an epoch."""
        self.logits: tuple[tf.Tensor, ...] = ()
        self.targets: tuple[tf.Tensor, ...] = ()
        self.weights: tuple[tf.Tensor, ...] = ()

    def result(self) -> dict[str, tf.Tensor]:
        """Metrics by name, each `(members,)`."""
        logits, targets, weights = (_joined(parts) for parts in (self.logits, self.targets, self.weights))
        if self._known is None or self._known[0] is not targets or self._known[1] is not weights:
            known = truth(targets, weights, self.task, logits.shape[-1])
            # To look the graph up again takes as long as to run it.
            self._known = targets, weights, known, _traced.get_concrete_function(logits, known, self.task)
        _, _, known, judge = self._known
        return judge(logits, known, self.task)


_traced = tf.function(live_metrics, autograph=False)


def _joined(parts: tuple[tf.Tensor, ...]) -> tf.Tensor:
    """Batches as one; the only one is itself, so that what comes again in every epoch is known."""
    return parts[0] if len(parts) == 1 else tf.concat(parts, 1)
