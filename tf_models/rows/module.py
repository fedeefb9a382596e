"""Data parallelism: a stack whose batches are shared by several devices; the others get its state with every chunk."""

from dataclasses import replace

import keras
import tensorflow as tf

from configs.schema import Study
from datamodules.fold_data import FoldData
from experiment.nets.net_check import CheckedNet
from experiment.record.log import log
from tf_models.engine.engines import Engine
from tf_models.engine.step import Step
from tf_models.module import FoldModel
from tf_models.rows.engine import Mirrors, RowsEngine, cut, total


class RowsModel(FoldModel):
    """The stack on the devices of a `strategy`."""

    mirrors: Mirrors

    def __init__(
        self,
        study: Study,
        folds: FoldData,
        checked: CheckedNet[keras.Model] | None = None,
        *,
        strategy: tf.distribute.MirroredStrategy,
    ) -> None:
        """As `FoldModel`."""
        object.__setattr__(self, "mirrors", Mirrors(strategy))  # no part of the model, and needed before it is one
        super().__init__(study, folds, checked)
        self._logits = tf.function(self._all_logits, autograph=False)

    def build_engine(self, step: Step, expected_steps: int) -> Engine:
        """As `FoldModel`'s; XLA compiles for one device."""
        if self.study.training.engine == "compiled":
            log.info("engine: traced, since XLA compiles for one device and several share the rows")
        return RowsEngine(replace(step, total=total), self.mirrors, len(self.folds.members), expected_steps)

    def _all_logits(self, inputs: tf.Tensor) -> tf.Tensor:
        """Logits `(members, batch, outputs)` of inputs `(members, batch, columns)`, each computed by one device."""
        flat, strategy = self.stack.flat.value, self.mirrors.strategy
        shares = self.mirrors.each(lambda share: cut(inputs, share, 1))
        logits = strategy.run(lambda part: self.stack.predict(flat, part), args=(shares,))
        return tf.concat(strategy.experimental_local_results(logits), 1)[:, : inputs.shape[1]]
