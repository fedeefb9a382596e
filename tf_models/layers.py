"""Layers that both frameworks need in the same form: keyed dropout and activations."""

from collections.abc import Callable

import keras
import tensorflow as tf

from datamodules.inputs.net_inputs import NetInputs, embedding_width
from experiment.rules import dropout


class KeyedDropout(keras.layers.Layer):
    """Inverted dropout (Srivastava et al. 2014): `(batch, units) -> (batch, units)`.

    Inside a stack the mask is a function of the weight `key` `(2,)`, which the stack sets anew for every step of every
    member, and of `address`, by which the stack tells the layers of a net apart; a layer that is called again draws
    another one. Members with rates of their own have `own`, a threshold and a scale. A device that computes a part of a
    batch has its `window`. Outside a stack `address` is None and this is the framework's own dropout.
    """

    def __init__(self, rate: float, **layer: object) -> None:
        """Drop a share `rate` of the inputs, in [0, 1)."""
        super().__init__(**layer)
        self.rate = rate
        self.address: int | None = None
        self.calls = 0
        self.own: tuple[tf.Tensor, tf.Tensor] | None = None
        self.window: dropout.Window | None = None

    def build(self, shape: tuple) -> None:
        """The key is an int64 weight: int32 ones live in host memory."""
        self.key = self.add_weight(name="key", shape=(2,), dtype="int64", initializer="zeros", trainable=False)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Scale what is kept by `1 / (1 - rate)`; pass everything on in evaluation."""
        if not training or (self.own is None and self.rate == 0.0):
            return inputs
        if self.address is None:
            return tf.nn.dropout(inputs, self.rate)
        address, self.calls = dropout.address_of_call(self.address, self.calls), self.calls + 1
        shape = tuple(inputs.shape)
        first = self.window.first_element(shape) if self.window else 0
        if self.own is None:
            keep = keep_mask(self.key.value, address, shape, self.rate, first)
            return inputs * (tf.cast(keep, inputs.dtype) * (1.0 / (1.0 - self.rate)))
        threshold, scale = self.own
        keep = hashed(self.key.value, address, shape, first) >= threshold
        return inputs * (tf.cast(keep, inputs.dtype) * tf.cast(scale, inputs.dtype))


def keep_mask(key: tf.Tensor, address: int, shape: tuple[int, ...], rate: float, first: int = 0) -> tf.Tensor:
    """`experiment.rules.dropout.keep_mask` in the graph, from element `first` on: key `(2,)` -> bool of `shape`."""
    return hashed(key, address, shape, first) >= dropout.threshold(rate)


def hashed(key: tf.Tensor, address: int, shape: tuple[int, ...], first: int = 0) -> tf.Tensor:
    """What a mask compares with its threshold, from element `first` on: key `(2,)` -> int32 of `shape`."""
    one, other = tf.unstack(tf.cast(key, tf.int32))
    counters = tf.constant(dropout.counters(address, shape, first))
    mixed = tf.bitwise.bitwise_xor(counters, one) * tf.bitwise.bitwise_or(other, 1)
    return tf.bitwise.bitwise_xor(mixed, tf.bitwise.right_shift(mixed, dropout.SHIFT)) * dropout.MULTIPLIER


class Embeddings(keras.layers.Layer):
    """Numbers as they are, then a learned vector for each code: `(batch, inputs) -> (batch, width)`.

    A code is compared with its levels and multiplied with a table of vectors, which is the same in both frameworks and
    on any device; one that is no level, -1, gives 0.
    """

    def __init__(self, inputs: NetInputs, **layer: object) -> None:
        """One table for each code of `inputs`; without codes it has no weights."""
        super().__init__(**layer)
        self.numbers, self.levels = inputs.numbers, inputs.levels
        widths = [embedding_width(levels) for levels in inputs.levels]
        self.width = inputs.numbers + sum(widths)
        self.tables = [keras.layers.Dense(b, use_bias=False, name=f"tables.{i}") for i, b in enumerate(widths)]

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """The inputs themselves if there is no code."""
        if not self.levels:
            return inputs
        vectors = [inputs[..., : self.numbers]]
        for place, (levels, table) in enumerate(zip(self.levels, self.tables, strict=True), self.numbers):
            every = tf.range(levels, dtype=inputs.dtype)
            vectors.append(table(tf.cast(inputs[..., place, None] == every, inputs.dtype)))
        return tf.concat(vectors, -1)


class PReLU(keras.layers.Layer):
    """`x` where positive, else `alpha x` with one learned slope a unit: `(..., units) -> (..., units)`."""

    def __init__(self, units: int, **layer: object) -> None:
        """One slope for each of `units`."""
        super().__init__(**layer)
        self.units = units

    def build(self, shape: tuple) -> None:
        """The slopes are made here because only now does Keras know the path that they are named by."""
        self.alpha = self.add_weight(name="alpha", shape=(self.units,), initializer=keras.initializers.Constant(0.25))

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """He et al. 2015, equation 1."""
        return tf.where(inputs >= 0, inputs, self.alpha * inputs)


class Function(keras.layers.Layer):
    """An activation without parameters, by name."""

    def __init__(self, name: str, /, **layer: object) -> None:
        """Raises KeyError for a name that `ACTIVATIONS` does not have."""
        super().__init__(**layer)
        self.function = ACTIVATIONS[name]

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Elementwise: any shape -> the same shape."""
        return self.function(inputs)


def identity(inputs: tf.Tensor) -> tf.Tensor:
    """The input itself."""
    return inputs


def binary_step(inputs: tf.Tensor) -> tf.Tensor:
    """1 where the input is at least 0, else 0; the derivative is 0 everywhere."""
    return tf.cast(inputs >= 0, inputs.dtype)


def gelu(inputs: tf.Tensor) -> tf.Tensor:
    """`x Phi(x)` (Hendrycks and Gimpel 2016); TensorFlow's own rounds the root of 2 to float32."""
    return 0.5 * inputs * (1.0 + tf.math.erf(inputs * 0.5**0.5))


ACTIVATIONS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "identity": identity,
    "binary_step": binary_step,
    "logistic": tf.sigmoid,
    "tanh": tf.tanh,
    "arctan": tf.atan,
    "relu": tf.nn.relu,
    "elu": tf.nn.elu,
    "softplus": tf.nn.softplus,
    "gelu": gelu,
    "silu": lambda inputs: inputs * tf.sigmoid(inputs),
    "selu": tf.nn.selu,
}


def activation(name: str, units: int, /, **layer: object) -> keras.layers.Layer:
    """The activation layer called `name` over `units` inputs; `prelu` learns a slope for each of them."""
    return PReLU(units, **layer) if name == "prelu" else Function(name, **layer)
