"""A stack of folds as one keras.Model."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from itertools import islice
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.callbacks import CallbackList
from numpy.typing import NDArray

from configs.schema import Study
from configs.seats.losses import LOSSES
from configs.seats.nets import NETS
from datamodules.fold_data import FoldData, training_plan
from datamodules.inputs.target_units import goals, loss_units, told_in
from experiment.nets.net_check import Trial, Tried, trial_rows
from experiment.nets.net_errors import NetError, check_losses, check_output, explained
from experiment.record.epoch_record import EpochRecord, means
from experiment.rules.initial_weights import initial_weights
from experiment.rules.member_settings import member_settings
from experiment.rules.schedule import step_factors
from experiment.run.marks.folds import PLAN, check_plan
from tf_models.engine.engines import Engine
from tf_models.engine.step import Step
from tf_models.inspection.net_check import try_net
from tf_models.private_names import CACHED
from tf_models.stack.input_layer import InputLayer, admitted, answered
from tf_models.stack.members import RowLosses, load_loss, row_shares
from tf_models.stack.metrics import MemberMetrics
from tf_models.stack.naming import first_names
from tf_models.stack.optimizer import StackOptimizer, try_optimizer
from tf_models.stack.stack import Stack, shared_net
from tf_models.stack.target_units import TargetUnits
from tf_models.stock.data import check_evaluable, check_evaluated
from tf_models.stock.features import check_arguments, check_process
from tf_models.stock.model import StockModel

DTYPES = {32: tf.float32, 64: tf.float64, "bf16": tf.float32, "tf32": tf.float32}
POLICIES = {32: "float32", 64: "float64", "bf16": "mixed_bfloat16", "tf32": "float32"}


def build_net(study: Study, inputs: int, outputs: int) -> keras.Model:
    """One ordinary network: `build` of `nets/NAME.py` with the study's arguments.

    Raises ValueError, with the line of that file, if it cannot be built or does not give `(rows, outputs)`.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(POLICIES[study.training.precision])
    try:
        with first_names(), explained(NETS, study.model.net, "tensorflow"):
            build = import_module(f"{__package__}.nets.{study.model.net}").build
            net = build(inputs, outputs, **study.model.arguments)
            if not isinstance(net, keras.Layer):
                raise NetError(f"`build` gives {type(net).__name__}; let it return a keras.Model")
            check_output(net(tf.zeros((2, inputs), DTYPES[study.training.precision])), 2, outputs)
    finally:
        keras.config.set_dtype_policy(before)
    return net


def build_loss(study: Study, task: str, outputs: int) -> RowLosses:
    """The training loss of the study, checked on two rows.

    Raises ValueError, with the line of its file, if it does not give a loss for every row.
    """
    loss = study.training.loss
    with explained(LOSSES, loss.of_task(task), "tensorflow"):
        row_losses = load_loss(loss, task)
        check_losses(row_losses(tf.zeros((1, 2, outputs)), tf.zeros((1, 2))), 1, 2)
    return row_losses


class FoldModel(StockModel):
    """All members of `folds` as one model; `compile` it with its `StackOptimizer` and `fit` it to chunks.

    A batch is a chunk of several optimizer steps. The table lies on the device once; chunks are row indices.
    """

    def __init__(self, study: Study, folds: FoldData, tried: Tried[keras.Model] | None = None) -> None:
        """With the net that `check` has `tried`, or with one that is built and checked now.

        Raises ValueError for a net that cannot be stacked.
        """
        dtype, policy = DTYPES[study.training.precision], POLICIES[study.training.precision]
        check_process(policy)
        super().__init__(dtype=dtype.name)
        self.policy = policy
        self.settings = member_settings(study, folds)
        self.study = study = self.settings.studies[0]
        self.folds, self.task = folds, folds.table.task
        members, table, statistics = len(folds.members), folds.table, folds.statistics
        self.inputs_layer = InputLayer(statistics, dtype)
        self.features = tf.constant(table.features, dtype)
        self.complete = not np.isnan(table.features).any()
        build = partial(build_net, inputs=statistics.width, outputs=table.outputs)
        nets = [tried.net] if tried and not folds.trials else self.settings.of_models(build)
        with explained(NETS, study.model.net, "tensorflow"):
            net, drops = shared_net(nets)
            self.stack = Stack(net, members, dtype, mixed=study.training.precision == "bf16")
            self.stack.flat.assign(initial_weights(self.stack.layout, folds.members))
        self.member_metrics = MemberMetrics(self.task, study.training.monitor)
        plan = training_plan(folds, study.training)
        self.epoch_steps, self.batch_rows = plan.steps, plan.batch_size
        own = self.settings.own() | drops | told_in(statistics)
        step = Step(self.stack, study.optimizer, build_loss(study, self.task, table.outputs), tuple(own))
        self.engine = self.build_engine(step, self.epoch_steps * self.settings.longest)
        self.own = [tf.constant(array) for array in own.values()]
        self.targets = tf.constant(table.targets, dtype if self.task == "regression" else tf.int32)
        self.units = TargetUnits(statistics, dtype)
        self.loss_units = loss_units(statistics, study.training.loss.unit_power(self.task))
        if not self.units.is_linear:
            self.learned = tf.constant(goals(table.targets, statistics), dtype)
        self.own_rates = self.settings.learning_rate
        self.learning_rate = tf.Variable(tf.constant(self.own_rates, dtype), trainable=False)
        self.factors = step_factors(self.settings.schedules, plan.own_steps, self.settings.max_epochs)
        if self.factors:
            self.factor_table = tf.constant(self.factors.factors, dtype)
            self.factor_kinds = tf.constant(self.factors.kinds, tf.int32)
        self.active = np.ones(members, bool)
        self.unfinished = tf.Variable(self.active, trainable=False)
        self.nothing = tf.zeros((2, members), tf.float64)
        self.best = tf.Variable(self.stack.flat.value, trainable=False)
        self.seen = tf.Variable(self.nothing, trainable=False)
        self._record: EpochRecord | None = None
        self._live: dict[str, NDArray] = {}
        self._kept: tuple[Iterable, int | None, list] | None = None
        self._judged: tuple[Sequence[tf.Tensor], Sequence[tf.Tensor], Callable[[tf.Tensor], tf.Tensor]] | None = None
        # Outside a tf.function, `vectorized_map` would be traced for every batch, and every trace be kept.
        self._logits = tf.function(lambda inputs: self.stack.predict(self.stack.flat.value, inputs), autograph=False)
        # Called once, when the step has been traced: its compilation takes TensorFlow a while, without Python.
        self.meanwhile: Callable[[], object] | None = None
        self.trial = tried.trial if tried else self._try_net(replace(step, own=()), partial(build, study))
        self.built = True

    def build_engine(self, step: Step, expected_steps: int) -> Engine:
        """The engine that runs `step`; `expected_steps` is the most that the training can have."""
        return Engine(step, self.study.training.engine, len(self.folds.members), expected_steps)

    def _try_net(self, step: Step, build: Callable[[], keras.Model]) -> Trial:
        rows = tf.repeat(trial_rows(len(self.features))[:, None], len(self.folds.members), axis=1)
        try_optimizer(self.study.optimizer)
        with explained(NETS, self.study.model.net, "tensorflow"):
            return try_net(step, build, self.inputs_of(rows)[:, 0], self.goals(rows)[:, 0])

    def call(self, features: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Raw rows `(rows, columns)` -> logits of every member, `(members, rows, outputs)`; regression: values.

        A row with an infinite value has NaN, unless the study takes that for a missing one.
        """
        rows = admitted(tf.cast(features, self.features.dtype), self.study.inputs.infinite)
        shared = tf.broadcast_to(rows, (len(self.folds.members), tf.shape(features)[0], features.shape[1]))
        logits = answered(self.stack.predict(self.stack.flat.value, self.inputs_layer(shared)), shared)
        return self.restore_units(logits)

    def inputs_of(self, rows: tf.Tensor) -> tf.Tensor:
        """Inputs of `rows` `(..., members, batch)` by each member's preprocessing, `(..., members, batch, inputs)`."""
        return self.inputs_layer(tf.gather(self.features, rows), complete=self.complete)

    def restore_units(self, logits: tf.Tensor) -> tf.Tensor:
        """Logits unchanged; outputs of a regression, which learns standardised targets, in the target's units."""
        if self.task != "regression":
            return logits
        return self.units(logits)

    def goals(self, rows: tf.Tensor) -> tf.Tensor:
        """Training targets of `rows` `(..., members, batch)`: class indices, or values as `inputs.target` says."""
        targets = tf.gather(self.targets, rows)
        if self.task != "regression":
            return targets
        if self.units.is_linear:
            return (targets - self.units.center) / self.units.scale
        members = tf.broadcast_to(tf.range(len(self.learned))[:, None], tf.shape(rows))
        return tf.gather_nd(self.learned, tf.stack([members, rows], -1))

    def configure_optimizers(self) -> StackOptimizer:
        """The study's optimizer over the whole stack."""
        return StackOptimizer(self.study.optimizer, self.stack.flat)

    def chunk_rates(self, shared: tf.Tensor, taken: tf.Tensor, active: tf.Tensor) -> tf.Tensor:
        """Learning rate of each member in each step of a chunk, where it is `active`: `(steps, members)`.

        `shared` `(members,)` are the rates of the optimizer: that of the study, as stock callbacks have changed it.
        `taken` `(members,)` is the number of steps that each member has taken before.
        """
        own = self.learning_rate * (shared / self.study.optimizer.learning_rate)
        if self.factors is None:
            return tf.broadcast_to(own, active.shape)
        before = tf.cast(taken, tf.int32) + tf.cumsum(tf.cast(active, tf.int32), exclusive=True)
        places = tf.minimum(before, self.factor_table.shape[1] - 1)
        kinds = tf.broadcast_to(self.factor_kinds, active.shape)
        return own * tf.gather_nd(self.factor_table, tf.stack([kinds, places], -1))

    def use_rates(self, rates: NDArray[np.float64]) -> None:
        """Train with the learning `rates` `(members,)` from the next step on, before a schedule."""
        self.own_rates = rates.copy()
        self.learning_rate.assign(rates)

    def last_rates(self) -> NDArray[np.float64] | None:
        """Learning rate of the last step of each member, `(members,)`; None before a training."""
        if not self.compiled:
            return None
        shared = self.optimizer.learning_rate.numpy()
        own = self.own_rates * float(shared / shared.dtype.type(self.study.optimizer.learning_rate))
        if self.factors is None:
            return own
        taken = self.optimizer.slots["steps"].numpy()
        return own * self.factors.after(taken.astype(np.int64) - 1)

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

    def evaluate(
        self,
        x: Iterable[Sequence[tf.Tensor]],
        y: None = None,
        batch_size: None = None,
        verbose: str | int = "auto",
        sample_weight: None = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **settings: bool,
    ) -> dict[str, float] | list[float]:
        """As Keras's, of the batches that `evaluation_dataset` gives. Raises ValueError for other data.

        Keras's own loop takes twice as long, for iterators that it makes anew each time. `fit` asks to keep what it
        validates with: it reads these batches once.
        """
        again = settings.pop(CACHED, False)
        if settings:
            raise TypeError(f"FoldModel.evaluate takes no {', '.join(settings)}")
        if again:
            batches = self._batches(x, steps)
        else:
            check_arguments("evaluate", {"y": y, "batch_size": batch_size, "sample_weight": sample_weight})
            batches = self._checked(x, steps)
        if not isinstance(callbacks, CallbackList):
            progress = {"add_progbar": verbose != 0, "verbose": verbose, "epochs": 1, "steps": len(batches)}
            callbacks = CallbackList(callbacks, model=self, **progress)
        self.stop_evaluating = False
        callbacks.on_test_begin()
        self._forget()
        for index, batch in enumerate(batches):
            callbacks.on_test_batch_begin(index)
            self.test_step(batch)
            callbacks.on_test_batch_end(index)
            if self.stop_evaluating:
                break
        logs = self.get_metrics_result()
        callbacks.on_test_end(logs)
        return logs if return_dict else list(logs.values())

    def _batches(self, x: Iterable[Sequence[tf.Tensor]], steps: int | None) -> list[Sequence[tf.Tensor]]:
        if self._kept is None or self._kept[0] is not x or self._kept[1] != steps:
            # Set as an ordinary attribute: Keras would track a copy of the list.
            object.__setattr__(self, "_kept", (x, steps, self._checked(x, steps)))
        assert self._kept is not None
        return self._kept[2]

    def _checked(self, x: Iterable[Sequence[tf.Tensor]], steps: int | None) -> list[Sequence[tf.Tensor]]:
        check_evaluable(x, self.folds, steps)
        batches = list(islice(x, steps))
        check_evaluated(x, batches, self.folds)
        return batches

    def predict_step(self, batch: Sequence[tf.Tensor]) -> tf.Tensor:
        """Logits `(members, batch, outputs)` of rows `(members, batch)`; regression: in the target's units."""
        return self.restore_units(self._logits(self.inputs_of(batch[0])))

    def row_logits(self, rows: NDArray[np.int32]) -> NDArray:
        """Logits `(members, batch, outputs)` of rows of the table `(members, batch)`; regression: standardised."""
        return self._logits(self.inputs_of(tf.constant(rows))).numpy()

    def raw_logits(self, features: NDArray[np.float32]) -> NDArray:
        """As `row_logits`, of raw rows of each member's own, `(members, batch, columns)`."""
        raw = tf.constant(features, self.features.dtype)
        return self._logits(self.inputs_layer(raw, complete=self.complete)).numpy()

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The metrics that Keras resets."""
        return [self.member_metrics]

    def reset_metrics(self) -> None:
        """Reset losses and metrics of the epoch, at whose start Keras calls this."""
        self.seen.assign(self.nothing)
        self._forget()

    def _forget(self) -> None:
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
