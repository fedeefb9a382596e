"""What one network takes: its weights, and its operations on one row."""

import keras
import tensorflow as tf
from tensorflow.python.framework.ops import get_stats_for_node_def

from experiment.net_cost import NetCost, of_one_row
from tf_models.weights import portable_layout

# What is there before a row comes, and what only shows it in another shape.
_FREE = {"Placeholder", "Identity", "Reshape", "ExpandDims", "Squeeze"}


def net_cost(net: keras.Model, inputs: int) -> NetCost:
    """Of a net of `inputs` columns, in training."""
    dtype = net.variables[0].dtype
    traced = tf.function(lambda rows: net(rows, training=True), autograph=False)

    def count(rows: int) -> tuple[int, int]:
        graph = traced.get_concrete_function(tf.TensorSpec((rows, inputs), dtype)).graph
        operations = [one for one in graph.get_operations() if one.type not in _FREE]
        elements = sum(result.shape.num_elements() or 0 for one in operations for result in one.outputs)
        flops = sum(int(get_stats_for_node_def(graph, one.node_def, "flops").value or 0) for one in operations)
        return elements, flops

    return NetCost(portable_layout(net)[0].size, *of_one_row(count))
