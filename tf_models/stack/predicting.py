"""A stack beside its table, both on the device: inputs, targets and predictions of rows, by number or raw."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from configs.schema import Study
from configs.seats.nets import NETS
from datamodules.fold_data import FoldData
from datamodules.inputs.target_units import goals
from experiment.nets.net_errors import explained
from experiment.rules.initial_weights import initial_weights
from tf_models.stack.building import DTYPES, POLICIES
from tf_models.stack.input_layer import InputLayer, admitted, answered
from tf_models.stack.stack import Stack
from tf_models.stack.target_units import TargetUnits
from tf_models.stock.model import StockModel


class PredictingModel(StockModel):
    """Predicts rows with all members of `folds`, and has the inputs and targets that a training takes."""

    def __init__(self, study: Study, folds: FoldData, net: keras.Model) -> None:
        """With the initial weights of `net` for every member. Raises ValueError if it cannot be stacked."""
        dtype, table, statistics = DTYPES[study.training.precision], folds.table, folds.statistics
        super().__init__(dtype=dtype.name)
        self.policy = POLICIES[study.training.precision]
        self.study, self.folds, self.task = study, folds, folds.table.task
        self.inputs_layer = InputLayer(statistics, dtype)
        self.features = tf.constant(table.features, dtype)
        self.complete = not np.isnan(table.features).any()
        with explained(NETS, study.model.net, "tensorflow"):
            self.stack = Stack(net, len(folds.members), dtype, mixed=study.training.precision == "bf16")
            self.stack.flat.assign(initial_weights(self.stack.layout, folds.members))
        self.targets = tf.constant(table.targets, dtype if self.task == "regression" else tf.int32)
        self.units = TargetUnits(statistics, dtype)
        if not self.units.is_linear:
            self.learned = tf.constant(goals(table.targets, statistics), dtype)
        # Outside a tf.function, `vectorized_map` would be traced for every batch, and every trace be kept.
        self._logits = tf.function(lambda inputs: self.stack.predict(self.stack.flat.value, inputs), autograph=False)

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
