import keras
import numpy as np
import tensorflow as tf
from graphs import MLP, ancestors, assert_is_a_graph, chain, top_level_edges

from tf_models.inspection.graph import member_graph
from tf_models.nets.mlp import build


class Residual(keras.Model):
    """One block used twice, and a sum around it."""

    def __init__(self) -> None:
        super().__init__()
        dense, relu = keras.layers.Dense(4, name="dense"), keras.layers.ReLU(name="relu")
        self.block = keras.Sequential([dense, relu], name="block")
        self.head = keras.layers.Dense(1, name="head")

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        inner = self.block(inputs) + inputs
        return self.head(self.block(inner) + inner)


def built(net, inputs, dtype=tf.float32):
    net(tf.zeros((1, inputs), dtype))
    return net


def test_the_layers_of_a_net_are_scopes_in_the_order_of_the_data():
    nodes = member_graph(built(build(5, 3, hidden=(7, 6), activation="relu"), 5), 5)
    assert_is_a_graph(nodes)
    assert top_level_edges(nodes) == chain(MLP)
    shapes = {node.name: node.shape for node in nodes}
    assert (shapes["inputs"], shapes["outputs"]) == ((1, 5), (1, 3))


def test_every_weight_is_read_on_the_way_to_the_outputs():
    net = built(build(5, 3, hidden=(7, 6), activation="prelu"), 5)
    nodes = member_graph(net, 5)
    read = {node.name: node.shape for node in nodes if node.op == "ReadVariableOp"}
    assert sorted(read.values()) == sorted(tuple(one.shape) for one in net.trainable_variables)
    assert set(read) | {"inputs"} <= ancestors(nodes, "outputs")
    assert read["activations.0/Mul/ReadVariableOp"] == (7,)


def test_a_net_with_branches_and_a_block_used_twice():
    nodes = member_graph(built(Residual(), 4), 4)
    assert_is_a_graph(nodes)
    assert sum(node.op == "Relu" and node.name.startswith("block/relu/") for node in nodes) == 2
    assert "inputs" in ancestors(nodes, "outputs")


def test_looking_at_a_net_leaves_it_as_it_was():
    net = built(build(5, 3, hidden=(7, 6), dropout=0.0), 5)
    before = net(tf.ones((2, 5))).numpy()
    member_graph(net, 5)
    np.testing.assert_array_equal(net(tf.ones((2, 5))).numpy(), before)


def test_a_net_in_double_precision_is_traced_too():
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    net = built(build(5, 3, hidden=(7,)), 5, tf.float64)
    keras.config.set_dtype_policy(policy)
    assert_is_a_graph(member_graph(net, 5))
