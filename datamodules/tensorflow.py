"""tf.data datasets of the folds: batches are chunks of row indices, never rows."""

from collections.abc import Iterator
from itertools import count, islice
from threading import Lock

import numpy as np
import tensorflow as tf

from configs.schema import Study
from datamodules.batches import Chunk
from datamodules.fold_data import FoldData, TrainingPlan, evaluation_plan, training_plan
from datamodules.folds.plan import Role

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


class Chunks:
    """The chunks of a `plan` by number, from `first_epoch` on: rows, weights and keys, padded to one shape.

    `first_epoch` is read when chunk 0 is requested: a callback of `fit` may set it until then.
    """

    def __init__(self, folds: FoldData, plan: TrainingPlan, first_epoch: int) -> None:
        """`plan` is the `training_plan` of `folds`."""
        self.folds, self.plan, self.first_epoch = folds, plan, lambda: first_epoch
        self._lock, self._wanted, self._closed = Lock(), -1, False
        self._coming: Iterator[Chunk] = iter(())

    def __call__(self, number: int) -> Arrays:
        """Chunk `number`, counted from 0; those of an epoch follow on those of the epoch before."""
        with self._lock:  # two iterators may read in turn, each in a thread of its own
            if self._closed:
                raise StopIteration
            if number == 0 or number != self._wanted:
                self._coming = self._from(int(number))
            self._wanted = number + 1
            return _padded(next(self._coming), self.plan.steps_per_chunk)

    def close(self) -> None:
        """Release all data; no chunk is left. TensorFlow keeps a dataset's functions until the process ends."""
        with self._lock:
            self._closed, self._coming = True, iter(())
            del self.folds, self.plan, self.first_epoch

    def _from(self, number: int) -> Iterator[Chunk]:
        epoch, skipped = divmod(number, self.plan.chunks)
        epochs = count(self.first_epoch() + epoch)
        return islice((chunk for one in epochs for chunk in self.plan.epoch(one)), skipped, None)


def train_dataset(study: Study, folds: FoldData, first_epoch: int = 0) -> tuple[tf.data.Dataset, TrainingPlan]:
    """The chunks of `first_epoch` and of all epochs after it: rows, weights and keys, `(steps, members, ...)`.

    Endless. In `FoldModel.fit` the first epoch is that of `fit`. Every chunk is padded to the same number of steps, so
    that one graph serves them all; a step without a weight is not taken.
    """
    plan = training_plan(folds, study.training)
    steps, members, batch = plan.steps_per_chunk, len(folds.members), plan.batch_size
    chunks, shapes = Chunks(folds, plan, first_epoch), ((steps, members, batch),) * 2 + ((steps, members, 2),)

    # Not from_generator: it makes the allocator return memory at once, and every buffer then costs page faults.
    @tf.autograph.experimental.do_not_convert
    def element(number: tf.Tensor) -> tuple[tf.Tensor, ...]:
        arrays = tf.numpy_function(chunks, [number], (tf.int32, tf.float32, tf.int64))
        return tuple(tf.ensure_shape(array, shape) for array, shape in zip(arrays, shapes, strict=True))

    return _marked(tf.data.Dataset.counter().map(element).prefetch(1), chunks), plan


def evaluation_dataset(folds: FoldData, *roles: Role) -> tf.data.Dataset | None:
    """Every row of `roles` of every member once: rows and weights, both `(members, batch)`; None without rows.

    Those of `PREDICTED` are the rows of a run's logits.
    """
    plan = evaluation_plan(folds, *roles)
    if not plan.chunks:
        return None
    rows, weights = (np.stack(arrays) for arrays in zip(*plan, strict=True))
    return _marked(tf.data.Dataset.from_tensor_slices((rows, weights)), folds)


def _marked(dataset: tf.data.Dataset, source: Chunks | FoldData) -> tf.data.Dataset:
    marked = _plain(dataset)
    marked.fold_source = source
    return marked


def _plain(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Disable autotuning and graph rewrites: Keras makes an iterator per evaluation, twelve times faster without."""
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    options.threading.private_threadpool_size = 1
    return dataset.with_options(options)


def _padded(chunk: Chunk, steps: int) -> Arrays:
    arrays = chunk.rows, chunk.weights, chunk.keys.astype(np.int64)
    missing = steps - len(chunk.rows)
    if not missing:
        return arrays
    rows, weights, keys = (np.pad(array, [(0, missing), (0, 0), (0, 0)]) for array in arrays)
    return rows, weights, keys
