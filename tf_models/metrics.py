"""Live metrics of every member, on the device and exact: pure functions below, a Keras shell above."""

import keras
import tensorflow as tf

from tf_models.losses import member_losses, row_losses

_NAN = float("nan")


def auroc(scores: tf.Tensor, positive: tf.Tensor, valid: tf.Tensor) -> tf.Tensor:
    """Exact area under the ROC curve, ties count one half: three times `(..., rows)` -> `(...)`.

    Mann and Whitney's U by binary search among the sorted negatives. NaN without both classes, or with a score that
    is not finite.
    """
    negative, positive = valid & ~positive, valid & positive
    ladder = tf.sort(tf.where(negative, scores, tf.constant(float("inf"), scores.dtype)), axis=-1)
    below = tf.searchsorted(ladder, scores)
    up_to = tf.searchsorted(ladder, scores, side="right")
    wins = tf.where(positive, tf.cast(below + up_to, tf.float64), 0.0) / 2.0
    area = tf.reduce_sum(wins, -1) / (_count(positive) * _count(negative))
    return tf.where(tf.reduce_all(tf.math.is_finite(scores) | ~valid, -1), area, _NAN)


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


def f1(predicted: tf.Tensor, positive: tf.Tensor, valid: tf.Tensor) -> tf.Tensor:
    """`2 TP / (2 TP + FP + FN)`: three times `(..., rows)` bool -> `(...)`; NaN where nothing is or was predicted."""
    hits = _count(predicted & positive & valid)
    misses = _count(tf.math.logical_xor(predicted, positive) & valid)
    return 2.0 * hits / (2.0 * hits + misses)


def live_metrics(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor, task: str) -> dict[str, tf.Tensor]:
    """Metrics by name, each `(members,)`: logits `(members, rows, outputs)`, targets and weights `(members, rows)`.

    Binary: loss, auroc, f1, accuracy. Multiclass: the same, auroc one against the rest and f1 averaged over the
    classes that are defined. Regression: loss and rmse in the units given, and r2.
    """
    valid = weights > 0
    loss = member_losses(tf.cast(row_losses(logits, targets, task), tf.float64), tf.cast(weights, tf.float64))
    if task == "regression":
        return {"loss": loss} | regression(logits[..., 0], targets, valid)
    if task == "binary":
        positive, predicted, scores = targets == 1, logits[..., 0] >= 0, logits[..., 0]
        area, harmonic = auroc(scores, positive, valid), f1(predicted, positive, valid)
        correct = predicted == positive
    else:
        labels = tf.range(logits.shape[-1], dtype=targets.dtype)[:, None]
        best = tf.argmax(logits, -1, output_type=targets.dtype)
        positive, predicted = targets[:, None] == labels, best[:, None] == labels
        valid_classes = tf.broadcast_to(valid[:, None], tf.shape(positive))
        scores = tf.linalg.matrix_transpose(log_odds(logits))
        area = _mean_of_known(auroc(scores, positive, valid_classes))
        harmonic, correct = _mean_of_known(f1(predicted, positive, valid_classes)), best == targets
    known = tf.reduce_all(tf.reduce_all(tf.math.is_finite(logits), -1) | ~valid, -1)
    finite = tf.where(known, tf.ones((), tf.float64), _NAN)
    share = _count(correct & valid) / _count(valid)
    return {"loss": loss, "auroc": area * finite, "f1": harmonic * finite, "accuracy": share * finite}


def regression(values: tf.Tensor, targets: tf.Tensor, valid: tf.Tensor) -> dict[str, tf.Tensor]:
    """Root mean squared error and coefficient of determination: three times `(members, rows)` -> `(members,)`."""
    count = _count(valid)
    values, targets = tf.cast(values, tf.float64), tf.cast(targets, tf.float64)
    residual = tf.reduce_sum(tf.where(valid, tf.square(values - targets), 0.0), -1)
    mean = tf.reduce_sum(tf.where(valid, targets, 0.0), -1) / count
    spread = tf.reduce_sum(tf.where(valid, tf.square(targets - mean[:, None]), 0.0), -1)
    return {"rmse": tf.sqrt(residual / count), "r2": tf.where(spread > 0, 1.0 - residual / spread, _NAN)}


def _count(flags: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(flags, tf.float64), -1)


def _mean_of_known(values: tf.Tensor) -> tf.Tensor:
    known = tf.math.is_finite(values)
    return tf.reduce_sum(tf.where(known, values, 0.0), -1) / _count(known)


class MemberMetrics(keras.metrics.Metric):
    """`live_metrics` over batches: keeps logits, targets and weights on the device until `result`."""

    def __init__(self, task: str, shape: tuple[int, int, int], dtype: tf.DType) -> None:
        """For a task, and logits of `shape` `(members, rows, outputs)` in all and of `dtype`."""
        super().__init__(name="members", dtype=dtype.name)
        self.task = task
        self.logits = tf.Variable(tf.zeros(shape, dtype), trainable=False)
        self.targets = tf.Variable(tf.zeros(shape[:2], dtype), trainable=False)
        self.weights = tf.Variable(tf.zeros(shape[:2], dtype), trainable=False)
        self.filled = tf.Variable(0, trainable=False)

    def update_state(self, logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor) -> None:
        """Add `(members, batch, outputs)`, `(members, batch)`, `(members, batch)`."""
        end = self.filled + tf.shape(targets)[1]
        for kept, new in ((self.logits, logits), (self.targets, targets), (self.weights, weights)):
            kept[:, self.filled : end].assign(tf.cast(new, kept.dtype))
        self.filled.assign(end)

    def reset_state(self) -> None:
        """Forget every batch; Keras asks for it twice an epoch."""
        if self.filled.numpy():
            self.weights.assign(tf.zeros_like(self.weights))
            self.filled.assign(0)

    def result(self) -> dict[str, tf.Tensor]:
        """Metrics by name, each `(members,)`."""
        targets = self.targets.value()
        kind = targets if self.task == "regression" else tf.cast(targets, tf.int32)
        return live_metrics(self.logits.value(), kind, self.weights.value(), self.task)
