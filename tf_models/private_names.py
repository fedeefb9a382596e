"""Private names of Keras and TensorFlow that have no public equivalent: the only file here that uses any.

All were seen to work with Keras 3.15.1 and TensorFlow 2.21.0; tests/tf_models/test_private_names.py tries each, and
says which one a new version has changed; a run then ends with one line.
"""

from collections import defaultdict
from typing import Any

import keras
import tensorflow as tf

from experiment.run.libraries import private_names

with private_names(keras):
    from keras.src.backend.common import global_state
    from keras.src.backend.common.remat import get_current_remat_mode

with private_names(tf):
    from tensorflow.python.ops import control_flow_util
    from tensorflow.python.ops.parallel_for import control_flow_ops, pfor

    CONVERTERS: dict[str, Any] = pfor._pfor_converter_registry
    """The converter of `tf.vectorized_map` for each operation. `RegisterPFor`, as private, refuses those it has."""

CACHED = "_use_cached_eval_dataset"
"""Argument by which `fit` tells `evaluate` that it will come again with the same data."""

_COUNTS = "object_name_uids"


@private_names(keras)
def take_name_counts(counts: dict[str, int] | None = None) -> dict[str, int]:
    """Replace Keras's count of the layers of each name, by none if not given; return what it was.

    `keras.utils.clear_session`, which is public, forgets the dtype policy and all else besides.
    """
    before = global_state.get_global_attribute(_COUNTS)
    global_state.set_global_attribute(_COUNTS, defaultdict(int) if counts is None else counts)
    return defaultdict(int) if before is None else before


@private_names(keras)
def layers_of(net: keras.Layer) -> list[keras.Layer]:
    """The net and all layers inside of it, at any depth; the public `layers` is a model's, and ends at the first."""
    return list(net._flatten_layers())


@private_names(keras)
def made_to_train(layer: keras.Layer) -> list[keras.Variable]:
    """The weights that a layer was made to train, be they frozen or not; `trainable_variables` lacks frozen ones."""
    return list(layer._trainable_variables)


def remat_mode() -> Any:
    """The mode of the `keras.RematScope` around, None without one; the scope is public, what it sets is not."""
    return get_current_remat_mode()


@private_names(keras)
def restored_epoch(model: keras.Model) -> int | None:
    """The epoch that `BackupAndRestore` has told the model to go on with; no hook has it as an argument."""
    return model._initial_epoch


def forget_restored_epoch(model: keras.Model) -> None:
    """Keras's `fit` never forgets it, so that a second one would begin there, too."""
    model._initial_epoch = None


@private_names(tf)
def inputs_of(dataset: tf.data.Dataset) -> list[tf.data.Dataset]:
    """The datasets that one is derived from; the public API gives no way back."""
    return list(dataset._inputs())


@private_names(tf)
def in_xla(graph: Any) -> bool:
    """Whether a graph, or one around it, is compiled by XLA; operations only show what they were told themselves."""
    return bool(control_flow_util.GraphOrParentsInXlaContext(graph))


@private_names(tf)
def stacked(values: tf.Tensor) -> Any:
    """A converter's result, with all members in the first axis."""
    return pfor.wrap(values, True)


@private_names(tf)
def map_without_function() -> None:
    """Let `tf.vectorized_map` put no function around what it makes under XLA; it has no argument for that."""
    assert control_flow_ops._is_under_xla_context  # else the new one would never be called
    control_flow_ops._is_under_xla_context = lambda: False
