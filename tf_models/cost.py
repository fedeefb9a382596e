"""What one network takes: its weights, and its operations on one row."""

from collections.abc import Callable

import keras
import tensorflow as tf
from tensorflow.python.framework.ops import get_stats_for_node_def

from experiment.net_cost import NetCost
from tf_models.weights import portable_layout

# What is there before a row comes, and what only shows it in another shape.
_FREE = {"Const", "VarHandleOp", "ReadVariableOp", "Identity", "Reshape", "ExpandDims", "Squeeze"}


def net_cost(build: Callable[[], keras.Model], inputs: int) -> NetCost:
    """Of the net that `build` makes for `inputs` columns, in training."""
    # In a graph nothing is computed, and TensorFlow can still be told how many threads to take.
    with tf.Graph().as_default() as graph:
        net = build()
        made = len(graph.get_operations())
        net(tf.zeros((1, inputs), net.variables[0].dtype), training=True)
        operations = graph.get_operations()[made:]
        flops = sum(int(get_stats_for_node_def(graph, one.node_def, "flops").value or 0) for one in operations)
    results = [result for one in operations if one.type not in _FREE for result in one.outputs]
    elements = sum(result.shape.num_elements() or 0 for result in results)
    return NetCost(portable_layout(net)[0].size, elements, flops)
