"""How the stacks of a study are made: on one device, or on several that share the rows of every batch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial

import tensorflow as tf

from configs.errors import StudyError
from configs.schema import Study
from datamodules.fold_data import FoldData
from experiment.rules.resources.row_shares import num_shares
from tf_models.module import FoldModel
from tf_models.rows.module import RowsModel


@contextmanager
def stacks(study: Study, folds: FoldData, uses_gpu: bool) -> Iterator[Callable[..., FoldModel]]:
    """The constructor of stacks of members of `folds`, called as the class of stacks on one device is.

    Raises StudyError for more devices than there are.
    """
    kind = "GPU" if uses_gpu else "CPU"
    there = tf.config.list_logical_devices(kind)
    count = num_shares(study, len(there) if uses_gpu else 0)
    if count == 1:
        yield FoldModel
        return
    if len(there) < count:
        cure = "train in a process that has used TensorFlow for nothing else"
        raise StudyError([f"training.devices: is {count}, and TensorFlow has begun with {len(there)}; {cure}"])
    yield partial(RowsModel, strategy=_mirrored(tuple(device.name for device in there[:count])))


@cache
def _mirrored(devices: tuple[str, ...]) -> tf.distribute.MirroredStrategy:
    """One strategy for all stacks of a process: another one would give its collective sums the same numbers again."""
    return tf.distribute.MirroredStrategy(devices)


def divide_cpu(study: Study) -> None:
    """Make as many devices of the CPU as are to share rows, before TensorFlow's first operation."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    count = num_shares(study, 0)
    if count > 1 and tf.config.get_logical_device_configuration(cpu) is None:
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
