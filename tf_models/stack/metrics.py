"""Live metrics of every member, on the device and exact: pure functions, and a Keras `Metric` around them."""

from collections.abc import Callable, Sequence
from importlib import import_module

import keras
import numpy as np
import tensorflow as tf

from configs.seats.live_metrics import LIVE_METRICS, live_metrics_of, on_device
from evaluation.judging.member_values import member_values
from experiment.nets.net_check import metric_rows
from experiment.nets.net_errors import check_values, explained
from tf_models.stack.live_rows import LiveRows, Truth, truth
from tf_models.stack.members import member_losses, row_losses


def live_metrics(logits: tf.Tensor, truth: Truth, task: str, names: Sequence[str]) -> dict[str, tf.Tensor]:
    """The loss and the metrics that `names` have files for in `live_metrics/`, each `(members,)`.

    Logits are `(members, rows, outputs)`. A member with an output that is not finite, padding excluded, has NaN in all
    but its loss.
    """
    loss = member_losses(tf.cast(row_losses(logits, truth.targets, task), tf.float64), truth.shares)
    rows = LiveRows(logits, truth, task)
    found = [_function(name)(rows) for name in names]
    if not found:
        return {"loss": loss}
    metrics = tf.where(rows.are_finite, tf.stack(found), float("nan"))
    return {"loss": loss} | dict(zip(names, tf.unstack(metrics), strict=True))


def _function(name: str) -> Callable[[LiveRows], tf.Tensor]:
    found: Callable[[LiveRows], tf.Tensor] = getattr(import_module(f"tf_models.live_metrics.{name}"), name)
    return found


def try_live_metrics(task: str, outputs: int, monitor: str = "loss") -> None:
    """Compute each live metric of a few rows of two members.

    Raises ValueError, with the line of its file, if it does not give what the metric's NumPy function gives.
    """
    logits, targets = metric_rows(task, outputs)
    weights = np.ones(targets.shape, np.float32)
    known = truth(tf.constant(targets), tf.constant(weights), task, outputs)
    for name in [name for name in live_metrics_of(task, monitor) if name in on_device("tf_models")]:
        with explained(LIVE_METRICS, name, "tensorflow"):
            values = _function(name)(LiveRows(tf.constant(logits), known, task))
            check_values(name, values, member_values(name, logits, targets, weights, task))


class MemberMetrics(keras.metrics.Metric):
    """`live_metrics` over batches: keeps logits, targets and weights on the device until `result`."""

    def __init__(self, task: str, monitor: str = "loss") -> None:
        """Without any batch yet; `monitor` is the metric of early stopping, with a file in `live_metrics/` or not."""
        super().__init__(name="members", dtype="float64")
        self.task, self.names = task, live_metrics_of(task, monitor)
        self.fast = tuple(name for name in self.names if name in on_device("tf_models"))
        self._known: tuple[tf.Tensor, tf.Tensor, Truth, Callable[..., dict[str, tf.Tensor]]] | None = None
        self.reset_state()

    @property
    def filled(self) -> bool:
        """Whether there are rows to compute metrics of."""
        return bool(self.logits)

    def update_state(self, logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor) -> None:
        """Add logits `(members, batch, outputs)`, and targets and weights `(members, batch)`."""
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
            self._known = targets, weights, known, _traced.get_concrete_function(logits, known, self.task, self.fast)
        _, _, known, judge = self._known
        found = judge(logits, known, self.task, self.fast)
        if len(self.fast) < len(self.names):
            one, other, third = (part.numpy() for part in (logits, targets, weights))
            others = (name for name in self.names if name not in found)
            found |= {name: tf.constant(member_values(name, one, other, third, self.task)) for name in others}
        return {name: found[name] for name in ("loss", *self.names)}


_traced = tf.function(live_metrics, autograph=False)


def _joined(parts: tuple[tf.Tensor, ...]) -> tf.Tensor:
    """Concatenated batches; a single batch is returned itself, so that what was computed for it is found again."""
    return parts[0] if len(parts) == 1 else tf.concat(parts, 1)
