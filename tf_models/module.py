"""A stack of folds as one keras.Model."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from configs.schema import Study
from configs.seats.nets import NETS
from datamodules.fold_data import FoldData
from datamodules.inputs.target_units import loss_units, unit_arrays
from experiment.nets.net_check import CheckedNet, NetCheck, check_rows
from experiment.nets.net_errors import explained
from experiment.record.epoch_record import EpochRecord, means
from experiment.rules.member_settings import member_settings
from experiment.run.marks.folds import PLAN, check_plan
from tf_models.engine.engines import Engine
from tf_models.engine.step import Step
from tf_models.inspection.net_check import try_net
from tf_models.stack.building import POLICIES, build_loss, build_net
from tf_models.stack.members import row_shares
from tf_models.stack.metrics import MemberMetrics, try_live_metrics
from tf_models.stack.optimizer import try_optimizer
from tf_models.stack.scheduled import ScheduledModel
from tf_models.stack.stack import shared_net
from tf_models.stock.features import check_process


class FoldModel(ScheduledModel):
    """All members of `folds` as one model; `compile` it with its `StackOptimizer` and `fit` it to chunks.

    A batch is a chunk of several optimizer steps. The table lies on the device once; chunks are row indices.
    """

    def __init__(self, study: Study, folds: FoldData, checked: CheckedNet[keras.Model] | None = None) -> None:
        """With the net that `check` has passed, `checked`, or with one that is built and checked now.

        Raises ValueError for a net that cannot be stacked.
        """
        settings, outputs = member_settings(study, folds), folds.table.outputs
        study, statistics = settings.studies[0], folds.statistics
        check_process(POLICIES[study.training.precision])
        build = partial(build_net, inputs=statistics.width, outputs=outputs)
        nets = [checked.net] if checked and not folds.trials else settings.of_models(build)
        with explained(NETS, study.model.net, "tensorflow"):
            net, drops = shared_net(nets)
        super().__init__(settings, folds, net)
        self.member_metrics = MemberMetrics(self.task, study.training.monitor)
        own = settings.own() | drops | unit_arrays(statistics)
        step = Step(self.stack, study.optimizer, build_loss(study, self.task, outputs), tuple(own))
        self.engine = self.build_engine(step, self.epoch_steps * settings.longest)
        self.own = [tf.constant(array) for array in own.values()]
        self.loss_units = loss_units(statistics, study.training.loss.unit_power(self.task))
        self.active = np.ones(len(folds.members), bool)
        self.unfinished = tf.Variable(self.active, trainable=False)
        self.nothing = tf.zeros((2, len(folds.members)), tf.float64)
        self.best = tf.Variable(self.stack.flat.value, trainable=False)
        self.seen = tf.Variable(self.nothing, trainable=False)
        self._record: EpochRecord | None = None
        self._live: dict[str, NDArray] = {}
        self._judged: tuple[Sequence[tf.Tensor], Sequence[tf.Tensor], Callable[[tf.Tensor], tf.Tensor]] | None = None
        # Called once, when the step has been traced: its compilation takes TensorFlow a while, without Python.
        self.meanwhile: Callable[[], object] | None = None
        self.check = checked.check if checked else self._check_net(replace(step, own=()), partial(build, study))
        self.built = True

    def build_engine(self, step: Step, expected_steps: int) -> Engine:
        """The engine that runs `step`; `expected_steps` is the most that the training can have."""
        return Engine(step, self.study.training.engine, len(self.folds.members), expected_steps)

    def _check_net(self, step: Step, build: Callable[[], keras.Model]) -> NetCheck:
        rows = tf.repeat(check_rows(len(self.features))[:, None], len(self.folds.members), axis=1)
        try_optimizer(self.study.optimizer)
        try_live_metrics(self.task, self.folds.table.outputs, self.study.training.monitor)
        with explained(NETS, self.study.model.net, "tensorflow"):
            return try_net(step, build, self.inputs_of(rows)[:, 0], self.goals(rows)[:, 0])

    def train_step(self, chunk: Sequence[tf.Tensor]) -> dict[str, tf.Tensor]:
        """Every optimizer step of a chunk: rows, weights and keys, each `(steps, members, ...)`."""
        rows, weights, keys = chunk
        weights = tf.cast(weights, self.features.dtype)
        counts = tf.reduce_sum(weights, 2)
        # Gathered here because XLA gathers on a CPU about 20 times slower than TensorFlow does.
        own = [tf.broadcast_to(one, (rows.shape[0], *one.shape)) for one in self.own]
        batches = (self.inputs_of(rows), self.goals(rows), row_shares(weights), keys, *own)
        active = self.unfinished & (counts > 0)
        rates = self.chunk_rates(self.optimizer.rates(), self.optimizer.slots["steps"], active)
        flat, self.optimizer.slots, losses = self.engine.run(
            self.stack.flat.value, self.optimizer.slots, batches, active, rates
        )
        self.stack.flat.assign(flat)
        seen = tf.cast(tf.where(counts > 0, losses * counts, 0.0), tf.float64)
        total = self.seen.assign_add(tf.stack([tf.reduce_sum(seen, 0), tf.reduce_sum(tf.cast(counts, tf.float64), 0)]))
        steps = tf.math.count_nonzero(tf.reduce_any(counts > 0, 1), dtype=self.optimizer.iterations.dtype)
        self.optimizer.iterations.assign_add(steps)
        if self.meanwhile:
            self.meanwhile()
            self.meanwhile = None
        return {"loss": self._mean_loss(total[0] / total[1])}

    def _mean_loss(self, losses: tf.Tensor) -> tf.Tensor:
        """Mean over the active members whose loss is known, in the target's own units: `(members,) -> ()`."""
        losses *= tf.constant(self.loss_units, tf.float64)
        known = self.unfinished & tf.math.is_finite(losses)
        return tf.reduce_sum(tf.where(known, losses, 0.0)) / tf.math.count_nonzero(known, dtype=tf.float64)

    def test_step(self, batch: Sequence[tf.Tensor]) -> None:
        """Add rows and weights, both `(members, batch)`, to the live metrics."""
        if self._judged is None or any(one is not other for one, other in zip(batch, self._judged[0], strict=True)):
            rows, weights = batch  # a single batch is the same tensor in every epoch
            parts = self.inputs_of(rows), tf.gather(self.targets, rows), tf.cast(weights, self.features.dtype)
            self._judged = batch, parts, self._logits.get_concrete_function(parts[0])
        _, (inputs, targets, weights), predict = self._judged
        self.member_metrics.update_state(self.restore_units(predict(inputs)), targets, weights)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The metrics that Keras resets."""
        return [self.member_metrics]

    def reset_metrics(self) -> None:
        """Reset losses and metrics of the epoch, at whose start Keras calls this."""
        self.seen.assign(self.nothing)
        self.forget_metrics()

    def forget_metrics(self) -> None:
        """Reset the metrics alone, at the start of an evaluation."""
        self.member_metrics.reset_state()
        self._record = None

    def get_metrics_result(self) -> dict[str, float]:
        """Means over the active members, which stock callbacks find as `val_loss`, `val_auroc`, ..."""
        if not self.member_metrics.filled:
            return {}
        self._live = {name: values.numpy() for name, values in self.member_metrics.result().items()}
        return means(self._live, self.active)

    def record(self, epoch: int) -> EpochRecord:
        """Losses and metrics of the epoch that has just ended."""
        if self._record is None or self._record.epoch != epoch:
            live = self._live if self.member_metrics.filled else {}
            sums, counts = self.seen.numpy()
            with np.errstate(invalid="ignore"):
                train_loss = sums / counts * self.loss_units
            rates = self.last_rates()
            self._record = EpochRecord(epoch, self.folds.members, self.active, train_loss, live, rates)
        return self._record

    def keep_best(self, improved: NDArray[np.bool_], unfinished: NDArray[np.bool_]) -> None:
        """Keep the weights of members that `improved`, and freeze all that are not `unfinished`; both `(members,)`."""
        if improved.all():
            self.best.assign(self.stack.flat.value)
        elif improved.any():
            self.best.assign(tf.where(improved[:, None], self.stack.flat.value, self.best))
        if (self.active != unfinished).any():
            self._use_active(unfinished)
        if self.engine.compact(unfinished, self.epoch_steps):
            self.make_train_function(force=True)

    def _use_active(self, active: NDArray[np.bool_]) -> None:
        self.active = active.copy()  # kept as an array, too: reading a variable takes a tenth of a millisecond
        self.unfinished.assign(active)

    def use_best(self) -> None:
        """Set the weights of each member to its best ones."""
        self.stack.flat.assign(self.best)

    def state(self) -> dict[str, NDArray]:
        """State that a resumed run needs besides the study, by name."""
        slots = {f"slots.{name}": slot for name, slot in self.optimizer.slots.items()}
        tensors = {"flat": self.stack.flat.value, "best": self.best, "unfinished": self.unfinished} | slots
        compaction = {f"compaction.{name}": array for name, array in self.engine.compaction.state().items()}
        return {PLAN: self.marks[PLAN]} | compaction | {name: tensor.numpy() for name, tensor in tensors.items()}

    def restore(self, state: dict[str, NDArray]) -> None:
        """Restore what `state` has returned.

        Raises ValueError for a state of other folds.
        """
        check_plan(state, self.folds, "the state")
        self.stack.flat.assign(state["flat"])
        self.best.assign(state["best"])
        self._use_active(state["unfinished"])
        self.optimizer.slots = {name: state[f"slots.{name}"] for name in self.optimizer.slots}
        self.engine.compaction.restore({name: state[f"compaction.{name}"] for name in self.engine.compaction.state()})
        self.engine.use_lanes()
