"""A net of each layer that has weights, in Keras; `torch_layers.py` has the same nets, with channels first."""

from collections.abc import Callable

import keras
import tensorflow as tf
from keras import layers

COLUMNS = 30


class Net(keras.Model):
    """`function(net, inputs)` with the `parts` of a net, by name."""

    def __init__(self, function: Callable[["Net", tf.Tensor], tf.Tensor], *parts: keras.Layer) -> None:
        super().__init__()
        self.function = function
        self.parts = {part.name: part for part in parts}

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        return self.function(self, inputs)

    def run(self, name: str, inputs: tf.Tensor) -> tf.Tensor:
        return self.parts[name](inputs)


def rows_of(maps: tf.Tensor) -> tf.Tensor:
    """`(batch, ..., channels)` as rows."""
    return tf.reshape(maps, (maps.shape[0], -1))


def words_of(inputs: tf.Tensor) -> tf.Tensor:
    """The first four columns as indices of five words."""
    return tf.clip_by_value(tf.cast(tf.abs(inputs[:, :4]) * 3, tf.int32), 0, 4)


def steps_of(inputs: tf.Tensor) -> tf.Tensor:
    """The columns as five steps with six channels."""
    return tf.reshape(inputs, (-1, 5, 6))


def image(net, x):
    maps = net.run("a", tf.reshape(x, (-1, 5, 6, 1)))
    return net.run("output", rows_of(tf.tanh(net.run("b", tf.nn.relu(maps)))))


def in_groups(net, x):
    return net.run("output", rows_of(tf.tanh(net.run("a", steps_of(x)))))


def normalised(net, x):
    return net.run("output", rows_of(tf.tanh(net.run("norm", net.run("a", steps_of(x))))))


def attention(net, x):
    tokens = steps_of(x)
    chances = tf.nn.softmax(tf.matmul(net.run("a", tokens), net.run("b", tokens), transpose_b=True) / 2.0)
    return net.run("output", rows_of(chances @ net.run("c", tokens)))


def recurrence(net, x):
    hidden = tf.zeros((x.shape[0], 4), x.dtype)
    for step in tf.unstack(steps_of(x), axis=1):
        hidden = tf.tanh(net.run("a", step) + net.run("b", hidden))
    return net.run("output", hidden)


def everything(net, x):
    maps = net.run("pool", tf.nn.relu(net.run("group", net.run("conv", tf.reshape(x, (-1, 5, 6, 1))))))
    words = tf.tanh(net.run("sequence", net.run("words", words_of(x))))
    return net.run("output", net.run("root", tf.concat([rows_of(maps), rows_of(words)], 1)))


def output() -> keras.Layer:
    return layers.Dense(2, name="output")


NETS: dict[str, Callable[[], keras.Model]] = {
    "Conv1d": lambda: Net(
        lambda net, x: net.run("output", rows_of(tf.nn.relu(net.run("a", steps_of(x))))),
        layers.Conv1D(4, 3, padding="same", dilation_rate=2, name="a"), output(),
    ),
    "Conv2d": lambda: Net(
        image, layers.Conv2D(4, (3, 1), padding="same", name="a"), layers.Conv2D(3, 2, strides=2, name="b"), output()
    ),
    "Conv2d, dilated, without bias": lambda: Net(
        image, layers.Conv2D(4, 2, use_bias=False, name="a"), layers.Conv2D(3, 2, dilation_rate=(1, 2), name="b"),
        output(),
    ),
    "Conv1d in groups": lambda: Net(in_groups, layers.Conv1D(4, 2, groups=2, name="a"), output()),
    "Embedding": lambda: Net(
        lambda net, x: net.run("output", rows_of(net.run("a", words_of(x)))), layers.Embedding(5, 3, name="a"), output()
    ),
    "GroupNorm": lambda: Net(
        normalised, layers.Conv1D(4, 1, name="a"), layers.GroupNormalization(2, epsilon=1e-5, name="norm"), output()
    ),
    "RMSNorm": lambda: Net(
        lambda net, x: net.run("output", net.run("norm", net.run("a", x))),
        layers.Dense(4, name="a"), layers.RMSNormalization(epsilon=1e-5, name="norm"), output(),
    ),
    "attention": lambda: Net(
        attention, layers.Dense(4, name="a"), layers.Dense(4, name="b"), layers.Dense(3, name="c"), output()
    ),
    "recurrence": lambda: Net(
        recurrence, layers.Dense(4, name="a"), layers.Dense(4, use_bias=False, name="b"), output()
    ),
    "everything": lambda: build(COLUMNS, 2),
}  # fmt: skip


def build(inputs: int, outputs: int) -> Net:
    """All of them in one."""
    return Net(
        everything,
        layers.Conv2D(4, (1, 3), padding="same", name="conv"),
        layers.GroupNormalization(2, epsilon=1e-5, name="group"),
        layers.MaxPooling2D(2, name="pool"),
        layers.Embedding(5, 6, name="words"),
        layers.Conv1D(4, 2, groups=2, name="sequence"),
        layers.RMSNormalization(epsilon=1e-5, name="root"),
        layers.Dense(outputs, name="output"),
    )
