"""The operations of one member, for TensorBoard's graphs tab."""

import re
from collections.abc import Collection

import keras
import tensorflow as tf

from reporting.board.graph import Node, unused
from tf_models.private_names import layers_of


def member_graph(net: keras.Model, inputs: int) -> list[Node]:
    """The operations on one row of `inputs` columns in training, with dropout, each with its scope."""
    row = tf.TensorSpec((1, inputs), net.variables[0].dtype, name="inputs")
    traced = tf.function(lambda inputs: net(inputs, training=True), autograph=False).get_concrete_function(row)
    layers, taken = {layer.name for layer in layers_of(net)} - {net.name}, {"inputs", "outputs"}
    names = {"inputs": "inputs", traced.outputs[0].op.name: "outputs"}
    nodes = []
    for operation in traced.graph.get_operations():
        if operation.outputs:
            name = operation.name
            names[name] = names.get(name) or unused(_scope(name, layers), taken)
            sources = tuple(names[tensor.op.name] for tensor in operation.inputs)
            nodes.append(Node(names[name], operation.type, sources, _shape_of(operation.outputs)))
    return nodes


def _scope(path: str, layers: Collection[str]) -> str:
    """`mlp_1/hidden.0_1/MatMul` -> `hidden.0/MatMul`: layers by their own names, and the net is not one."""
    parts = [part if part in layers else re.sub(r"_\d+$", "", part) for part in path.split("/")]
    first = next((place for place, part in enumerate(parts) if part in layers), 0)
    return "/".join(parts[first:])


def _shape_of(outputs: list[tf.Tensor]) -> tuple[int, ...]:
    """Shape of the first one, `()` without one."""
    shape = outputs[0].shape
    return () if shape.rank is None else tuple(-1 if side is None else side for side in shape)
