"""The methods of keras.Model for training and prediction of a stack, and those that it refuses."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tf_models.private_names import forget_restored_epoch, restored_epoch
from tf_models.stack.optimizer import StackOptimizer
from tf_models.stock.data import check_chunks, check_predicted, check_validation
from tf_models.stock.evaluating import EvaluatingModel
from tf_models.stock.features import (
    REFUSED,
    SYMBOLIC,
    TRAINING,
    check_arguments,
    check_callbacks,
    check_model,
    check_optimizer,
    check_process,
    check_rate,
    check_trainable,
)


class StockModel(EvaluatingModel):
    """Takes rows of its own folds by number, and raw rows to predict; predictions have the members first."""

    policy: str
    batch_rows: int
    predict_function: Callable | None

    def compile(self, optimizer: StackOptimizer | None = None, **settings: object) -> None:
        """As Keras's, with the study's optimizer by default. Raises ValueError for what the study has to decide."""
        check_arguments("compile", settings)
        optimizer = optimizer or self.configure_optimizers()
        check_optimizer(optimizer, self.stack.flat)
        super().compile(optimizer=optimizer, jit_compile=settings.pop("jit_compile", False), **settings)

    def fit(
        self,
        x: tf.data.Dataset,
        y: None = None,
        *,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_data: tf.data.Dataset | None = None,
        callbacks: Any = None,
        **settings: Any,
    ) -> keras.callbacks.History:
        """As Keras's, of the chunks of `train_dataset`, whose first epoch is that of this `fit`.

        Raises ValueError for other data, and for arguments that would not do what Keras documents.
        """
        if not self.compiled:
            raise ValueError("You must call `compile()` before calling `fit()`.")
        check_arguments("fit", {"y": y} | settings)
        check_process(self.policy)
        check_model(self)
        check_trainable(self, self.stack.net)
        chunks = check_chunks(x, self.folds, self.batch_rows, steps_per_epoch)
        check_validation(validation_data, self.folds, settings.get("validation_steps"))
        check_callbacks(callbacks, chunks.plan.steps_per_chunk)
        check_rate(self.optimizer, chunks.plan.steps_per_chunk)
        forget_restored_epoch(self)
        first_epoch = chunks.first_epoch
        # BackupAndRestore sets it before chunk 0 is wanted.
        chunks.first_epoch = lambda: restored_epoch(self) or initial_epoch
        try:
            return super().fit(
                x,
                initial_epoch=initial_epoch,
                steps_per_epoch=chunks.plan.chunks,
                validation_data=validation_data,
                callbacks=callbacks,
                **({"shuffle": False} | settings),
            )
        finally:
            chunks.first_epoch = first_epoch  # TensorFlow keeps the chunks for ever, which would keep the model

    def __call__(self, features: Any, training: bool = False, **settings: Any) -> tf.Tensor:
        """As `call`. Raises ValueError for training mode, and as a part of a functional model."""
        if training:  # raised in `call`, Keras would make seven lines of it
            raise ValueError(TRAINING)
        if isinstance(features, keras.KerasTensor):
            raise ValueError(SYMBOLIC)
        return super().__call__(features, **settings)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
    ) -> NDArray[np.floating]:
        """Raw rows `(rows, columns)` -> logits `(members, rows, outputs)`; regression: values in the target's units.

        Of `evaluation_dataset(folds, ...)`: logits of each member's own rows, in ascending order, padded behind.
        Raises ValueError for other data.
        """
        self._predicted_by(check_predicted(x, self.folds))
        found = super().predict(x, batch_size=batch_size, verbose=verbose, steps=steps, callbacks=callbacks)
        return found.swapaxes(0, 1)

    def predict_on_batch(self, x: Any) -> NDArray[np.floating]:
        """As `predict`, of one batch of raw rows."""
        check_predicted(x, self.folds)
        self._predicted_by(False)
        return super().predict_on_batch(x).swapaxes(0, 1)

    def _predicted_by(self, numbers: bool) -> None:
        """Whether the batches of the next prediction are row numbers, or raw rows."""
        if getattr(self, "_by_numbers", None) != numbers:
            self._by_numbers, self.predict_function = numbers, None

    def make_predict_function(self, force: bool = False) -> Callable:
        """Keras joins batches along the first axis, so here the rows come first."""
        if self.predict_function is None or force:
            logits = self.predict_step if self._by_numbers else self._of_raw_rows
            settings = {"reduce_retracing": True, "autograph": False}
            rows_first = tf.function(lambda batch: tf.transpose(logits(batch), (1, 0, 2)), **settings)
            self.predict_function = lambda batches: rows_first(batches[0])
        assert self.predict_function is not None
        return self.predict_function

    def _of_raw_rows(self, batch: Any) -> tf.Tensor:
        features, _, _ = keras.utils.unpack_x_y_sample_weight(batch)
        return self(features)


def _refusing(name: str) -> Callable[..., NoReturn]:
    def refuse(*_: object, **__: object) -> NoReturn:
        what = "To copy or pickle a FoldModel" if name.startswith("__") else f"FoldModel.{name}"
        raise ValueError(f"{what} is refused: {REFUSED[name]}")

    return refuse


for _name in REFUSED:
    setattr(StockModel, _name, _refusing(_name))
