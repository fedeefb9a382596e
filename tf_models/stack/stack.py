"""Many ordinary networks as one: `tf.vectorized_map` over `stateless_call`."""

from collections.abc import Sequence
from zlib import crc32

import keras
import tensorflow as tf
from numpy.typing import NDArray

import tf_models.engine.vectorizing  # noqa: F401  (what vectorized_map does)
from experiment.nets.layout import Layout
from experiment.nets.net_errors import UNLIKE, NetError
from experiment.rules.dropout import own_drops
from tf_models.layers import KeyedDropout
from tf_models.private_names import layers_of
from tf_models.weights import Portable, path_of, portable_layout


class Stack(keras.layers.Layer):
    """`members` copies of an ordinary network, each with its own weights.

    Shape: inputs `(members, batch, inputs)`, keys `(members, 2)` -> logits `(members, batch, outputs)`. All weights
    are one variable `flat` `(members, size)`, in the order and orientation of `layout`.
    """

    def __init__(self, net: keras.Model, members: int, dtype: tf.DType = tf.float32, mixed: bool = False) -> None:
        """Raises NetError for a net that keeps state besides its weights, e.g. batch statistics."""
        super().__init__(dtype=dtype.name)
        self.layout: Layout
        self.portable: tuple[Portable, ...]
        self.layout, self.portable = portable_layout(net)
        self.key_names = address_dropouts(net)
        # The net is a template: tracking it as a layer would train its own weights as one more member.
        object.__setattr__(self, "net", net)
        self.mixed = mixed
        self.flat = self.add_weight(name="flat", shape=(members, self.layout.size), initializer="zeros")

    def call(self, inputs: tf.Tensor, keys: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Every member on its own batch; dropout is on in training mode."""
        return self.logits(self.flat.value, inputs, keys, training)

    def logits(
        self, flat: tf.Tensor, inputs: tf.Tensor, keys: tf.Tensor, training: bool, drops: Sequence[tf.Tensor] = ()
    ) -> tf.Tensor:
        """As `call`, with the weights `(members, size)` and the mode handed in.

        `drops` are the thresholds and scales of `own_drops`, `(members, layers)`, for members with dropout rates of
        their own. `mixed` says that the net computes in bfloat16; weights and logits have the stack's own dtype.
        """
        dropouts = keyed_dropouts(self.net).values()

        @tf.autograph.experimental.do_not_convert
        def member(arguments: tuple) -> tf.Tensor:
            parameters, key, rows, *own = arguments
            for index, layer in enumerate(dropouts):
                layer.calls = 0
                object.__setattr__(layer, "own", (own[0][index], own[1][index]) if own else None)  # Keras wraps tuples
            logits, _ = self.net.stateless_call(list(parameters), [key] * len(self.key_names), rows, training=training)
            return tf.cast(logits, flat.dtype) if self.mixed else logits

        try:
            return tf.vectorized_map(member, (self.split(flat), keys, inputs, *drops))
        finally:
            for layer in dropouts:
                object.__setattr__(layer, "own", None)

    def predict(self, flat: tf.Tensor, inputs: tf.Tensor) -> tf.Tensor:
        """As `logits` without dropout, which needs no keys."""
        return self.logits(flat, inputs, tf.zeros((flat.shape[0], 2), tf.int64), training=False)

    def split(self, flat: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """The parameters of the net, each `(members, ...)`, as parts of `flat` `(members, size)`."""
        members = flat.shape[0]
        parts = tf.split(flat, self.layout.sizes, axis=1)
        return tuple(tf.reshape(p, (members, *shape)) for p, shape in zip(parts, self.layout.shapes, strict=True))


def keyed_dropouts(net: keras.Model) -> dict[str, KeyedDropout]:
    """The keyed dropouts of `net` by path, in the order of the net."""
    found = [layer for layer in layers_of(net) if isinstance(layer, KeyedDropout)]
    return {path_of(layer.key, net).removesuffix("key").rstrip("."): layer for layer in found}


def shared_net(nets: Sequence[keras.Model]) -> tuple[keras.Model, dict[str, NDArray]]:
    """The net of a stack whose members have these `nets`, and what `own_drops` gives of their dropout rates.

    Raises NetError if they differ in more than the rates of keyed dropouts.
    """
    rates = {net: {path: layer.rate for path, layer in keyed_dropouts(net).items()} for net in dict.fromkeys(nets)}
    largest = max(rates, key=lambda net: len(rates[net]))
    layouts = {portable_layout(net)[0] for net in rates} if len(rates) > 1 else ()
    if len(layouts) > 1 or not all(set(rates[largest]).issuperset(own) for own in rates.values()):
        raise NetError(UNLIKE)
    return largest, own_drops([rates[net] for net in nets])


def address_dropouts(net: keras.Model) -> tuple[str, ...]:
    """Give every keyed dropout of `net` its address; return the names of their keys.

    Raises NetError for any other state: a stack carries weights from step to step, and nothing else.
    """
    names = set()
    for path, layer in keyed_dropouts(net).items():
        layer.address = crc32(path.encode())
        names.add(path_of(layer.key, net))
    state = [path_of(variable, net) for variable in net.non_trainable_variables]
    others = sorted(set(state) - names)
    if others:
        raise NetError(
            f"the net keeps state besides its weights ({', '.join(others)}), which a stack does not carry; "
            "use a layer without running statistics, such as LayerNormalization for BatchNormalization, "
            "and KeyedDropout for Dropout"
        )
    return tuple(state)
