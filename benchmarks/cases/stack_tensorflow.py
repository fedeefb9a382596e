"""The stack in Keras's `fit`: public parts, no k-fold callbacks."""

import time

import keras
import tensorflow as tf

from configs.schema import Study
from datamodules.fold_data import FoldData
from datamodules.folds.plan import Role
from datamodules.tensorflow import evaluation_dataset, train_dataset
from tf_models.fit import prepare
from tf_models.module import FoldModel


class Clock(keras.callbacks.Callback):
    """When each epoch ended, validation included."""

    def __init__(self) -> None:
        """No epoch has ended yet."""
        super().__init__()
        self.ends: list[float] = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Note the time."""
        self.ends.append(time.perf_counter())

    def seconds(self) -> list[float]:
        """Of every epoch but the first."""
        return [after - before for before, after in zip(self.ends[:-1], self.ends[1:], strict=True)]


class TimedStack:
    """A stack that trains any number of epochs; traces and compiled code are kept between calls."""

    def __init__(self, study: Study, folds: FoldData) -> None:
        """With the members of `folds`."""
        self.study, self.folds = study, folds
        prepare(study, folds)
        self.threads = tf.config.threading.get_intra_op_parallelism_threads()
        self.model = FoldModel(study, folds)
        self.model.compile()
        self.weights = self.model.stack.layout.size

    def epochs(self, count: int) -> list[float]:
        """Seconds of each of `count` epochs; the one before them is not counted."""
        chunks, plan = train_dataset(self.study, self.folds)
        clock = Clock()
        self.model.fit(
            chunks,
            validation_data=evaluation_dataset(self.folds, Role.validation),
            epochs=count + 1,
            steps_per_epoch=plan.chunks,
            callbacks=[clock],
            shuffle=False,
            verbose=0,
        )
        return clock.seconds()


def reset_peak() -> None:
    """Let `peak_bytes` start anew."""
    tf.config.experimental.reset_memory_stats("GPU:0")


def peak_bytes() -> int:
    """The most memory of the GPU that tensors have held since `reset_peak`."""
    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
