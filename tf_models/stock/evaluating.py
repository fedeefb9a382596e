"""`evaluate` of a stack in place of Keras's own, which makes its iterators anew for every evaluation."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import tensorflow as tf
from keras.callbacks import CallbackList

from tf_models.private_names import CACHED
from tf_models.stock.data import check_evaluable, check_evaluated
from tf_models.stock.features import check_arguments
from tf_models.stock.weight_files import StoredModel


class EvaluatingModel(StoredModel):
    """Evaluates the batches of `evaluation_dataset` one by one, and keeps those that `fit` validates with."""

    stop_evaluating = False
    _kept: tuple[Iterable, int | None, list] | None = None

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
        self.forget_metrics()
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
