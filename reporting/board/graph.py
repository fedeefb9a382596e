"""TensorBoard's graphs tab: computation graph of one member, with the operations of its framework."""

from collections.abc import Sequence
from typing import NamedTuple

from tensorboard.compat.proto.attr_value_pb2 import AttrValue
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto


class Node(NamedTuple):
    """One operation: its `name` with a slash between scopes, its kind, its inputs, the shape of its output.

    `shape` is that of one row's pass through the net; -1 where it is unknown.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    shape: tuple[int, ...]


def graph_def(nodes: Sequence[Node]) -> GraphDef:
    """TensorBoard's `GraphDef` of the nodes, with shapes on the edges."""
    return GraphDef(node=[_node_def(node) for node in nodes])


def unused(name: str, taken: set[str]) -> str:
    """`name`, or `name_1`, ... if it is in `taken`; the result is added to `taken`."""
    number, free = 0, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    taken.add(free)
    return free


def _node_def(node: Node) -> NodeDef:
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=side) for side in node.shape])
    shapes = AttrValue(list=AttrValue.ListValue(shape=[shape]))
    return NodeDef(name=node.name, op=node.op, input=node.inputs, attr={"_output_shapes": shapes})
