"""Traces the graphs of validation and prediction in a thread while XLA compiles the training step."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import islice

import keras
import tensorflow as tf

from datamodules.fold_data import PREDICTED, evaluation_plan
from datamodules.folds.plan import Role
from tf_models.stack.metrics import MemberMetrics


class Rehearsal(keras.callbacks.Callback):
    """Runs validation and prediction on their first batches, so that their graphs are traced; results are discarded.

    An error here is ignored: it occurs again, and is raised, where the result is needed.
    """

    def __init__(self) -> None:
        """For a `FoldModel`."""
        super().__init__()
        self.aside = ThreadPoolExecutor(max_workers=1)
        self.work: list[Future] = []

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Begin as soon as the model's step has been traced."""
        self.model.meanwhile = lambda: self.work.append(self.aside.submit(self._rehearse))

    def on_test_begin(self, logs: dict | None = None) -> None:
        """Wait: two threads must not trace the same net, which counts the calls of its dropouts."""
        wait(self.work)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Wait here, if there is no validation."""
        wait(self.work)

    def on_train_end(self, logs: dict | None = None) -> None:
        """End the thread."""
        self.aside.shutdown()

    def _rehearse(self) -> None:
        for roles in ((Role.validation,), PREDICTED):
            plan = evaluation_plan(self.model.folds, *roles)
            for batch in islice(plan, 1):
                rows, weights = map(tf.constant, batch)
                logits = self.model.predict_step((rows, weights))
                if plan.chunks == 1 and roles != PREDICTED:  # of several batches, all logits are judged as one
                    metrics = MemberMetrics(self.model.task, self.model.study.training.monitor)
                    weights = tf.cast(weights, self.model.features.dtype)
                    metrics.update_state(logits, tf.gather(self.model.targets, rows), weights)
                    metrics.result()
