"""Cost of one network: number of weights, and operations and memory for one row."""

import keras
import tensorflow as tf

from experiment.nets.net_cost import NetCost, of_one_row
from tf_models.weights import portable_layout

# What is there before a row comes, and what only shows it in another shape.
_FREE = {"Placeholder", "Identity", "Reshape", "ExpandDims", "Squeeze"}

COPIES = 30
"""Copies of the weights at the peak of a training: 11 to 29 were measured, by size and precision."""


def net_cost(net: keras.Model, inputs: int) -> NetCost:
    """Cost of training `net` on rows of `inputs` columns."""
    dtype = net.variables[0].dtype
    traced = tf.function(lambda rows: net(rows, training=True), autograph=False)

    def count(rows: int) -> list[int]:
        graph = traced.get_concrete_function(tf.TensorSpec((rows, inputs), dtype)).graph
        operations = [one for one in graph.get_operations() if one.type not in _FREE]
        return [sum(result.shape.num_elements() or 0 for one in operations for result in one.outputs)]

    (elements,) = of_one_row(count)
    return NetCost(portable_layout(net)[0].size, elements, copies=COPIES)
