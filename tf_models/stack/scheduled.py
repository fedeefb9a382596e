"""Learning rate of every member in every step: its own, times its schedule, times what stock callbacks make of it."""

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from datamodules.fold_data import FoldData, training_plan
from experiment.rules.member_settings import MemberSettings
from experiment.rules.schedule import step_factors
from tf_models.stack.optimizer import StackOptimizer
from tf_models.stack.predicting import PredictingModel


class ScheduledModel(PredictingModel):
    """Has the optimizer of the stack, and the rates of its steps."""

    def __init__(self, settings: MemberSettings, folds: FoldData, net: keras.Model) -> None:
        """With the rates of `settings`, for the study of its first member."""
        super().__init__(settings.studies[0], folds, net)
        self.settings, dtype = settings, self.features.dtype
        plan = training_plan(folds, self.study.training)
        self.epoch_steps, self.batch_rows = plan.steps, plan.batch_size
        self.own_rates = settings.learning_rate
        self.learning_rate = tf.Variable(tf.constant(self.own_rates, dtype), trainable=False)
        self.factors = step_factors(settings.schedules, plan.own_steps, settings.max_epochs)
        if self.factors:
            self.factor_table = tf.constant(self.factors.factors, dtype)
            self.factor_kinds = tf.constant(self.factors.kinds, tf.int32)

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
