"""The folds as tf.data: batches are chunks of row indices, never rows."""

from itertools import count

import numpy as np
import tensorflow as tf

from configs.schema import Study
from datamodules.batches import Chunk
from datamodules.fold_data import FoldData, TrainingPlan, evaluation_plan, training_plan
from datamodules.folds import Role


def train_dataset(study: Study, folds: FoldData, first_epoch: int = 0) -> tuple[tf.data.Dataset, TrainingPlan]:
    """The chunks of `first_epoch` and of all epochs after it: rows, weights and keys, `(steps, members, ...)`.

    Endless: pass `steps_per_epoch=plan.chunks` to `fit`. Every chunk is padded to the same number of steps, so that
    one graph serves them all; a step without a weight is not taken.
    """
    plan = training_plan(folds, study.training.batch_size, study.training.steps_per_execution)
    steps, members, batch = plan.steps_per_chunk, len(folds.members), study.training.batch_size

    chunks = (_padded(chunk, steps) for epoch in count(first_epoch) for chunk in plan.epoch(epoch))
    shapes = (steps, members, batch), (steps, members, batch), (steps, members, 2)

    # Not from_generator: it tells the allocator to give memory back at once, and every buffer then costs page faults.
    @tf.autograph.experimental.do_not_convert
    def element(_: tf.Tensor) -> tuple[tf.Tensor, ...]:
        arrays = tf.numpy_function(lambda: next(chunks), [], (tf.int32, tf.float32, tf.int64))
        return tuple(tf.ensure_shape(array, shape) for array, shape in zip(arrays, shapes, strict=True))

    return _plain(tf.data.Dataset.from_tensors(0).repeat().map(element).prefetch(1)), plan


def evaluation_dataset(folds: FoldData, *roles: Role) -> tf.data.Dataset | None:
    """Every row of `roles` of every member once: rows and weights, both `(members, batch)`; None without rows.

    Of `PREDICTED` they are the rows that a run has logits of.
    """
    plan = evaluation_plan(folds, *roles)
    if not plan.chunks:
        return None
    rows, weights = (np.stack(arrays) for arrays in zip(*plan, strict=True))
    return _plain(tf.data.Dataset.from_tensor_slices((rows, weights)))


def _plain(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Without tuning and threads of its own: Keras makes an iterator for each evaluation, twelve times faster so."""
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    options.threading.private_threadpool_size = 1
    return dataset.with_options(options)


def _padded(chunk: Chunk, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    arrays = chunk.rows, chunk.weights, chunk.keys.astype(np.int64)
    missing = steps - len(chunk.rows)
    if not missing:
        return arrays
    return tuple(np.pad(array, [(0, missing), (0, 0), (0, 0)]) for array in arrays)
