"""Changes of `tf.vectorized_map` for a stack that XLA compiles: convolutions as matrix products, no function around."""

from itertools import product
from typing import Any

import tensorflow as tf

from tf_models.private_names import CONVERTERS, in_xla, map_without_function, stacked

_OP = "Conv2D"
_LOOP = CONVERTERS[_OP]
"""TensorFlow's own way, which is a loop over the members: XLA cannot compile its gradient."""


def conv2d(inputs: tf.Tensor, kernels: tf.Tensor, strides: list[int], dilations: list[int], same: bool) -> tf.Tensor:
    """Rows `(members, batch, height, width, channels)`, kernels `(members, height, width, channels / groups, filters)`.

    Gives `(members, batch, height, width, filters)`. A patch of the inputs is a row of a matrix. XLA's own convolution
    in groups, one for each member, takes forty times as long.
    """
    members, *size, own, filters = kernels.shape
    reach = [(taps - 1) * dilation + 1 for taps, dilation in zip(size, dilations, strict=True)]
    if same:
        inputs = _padded(inputs, reach, strides)
    outputs = [(n - r) // step + 1 for n, r, step in zip(inputs.shape[2:4], reach, strides, strict=True)]
    taps = [
        inputs[:, :, y * dilations[0] :: strides[0], x * dilations[1] :: strides[1]][:, :, : outputs[0], : outputs[1]]
        for y, x in product(*map(range, size))
    ]
    groups = inputs.shape[-1] // own
    patches = tf.reshape(tf.stack(taps, axis=4), (members, -1, len(taps), groups, own))
    shared = tf.reshape(kernels, (members, len(taps), own, groups, filters // groups))
    products = tf.einsum("mptgc,mtcgf->mpgf", patches, shared)
    return tf.reshape(products, (members, -1, *outputs, filters))


def _padded(inputs: tf.Tensor, reach: list[int], strides: list[int]) -> tf.Tensor:
    """`inputs` with zeros around, as Keras's padding `same` has them; of an odd number the last one goes behind."""
    lacking = [
        max((-(-n // step) - 1) * step + r - n, 0) for n, r, step in zip(inputs.shape[2:4], reach, strides, strict=True)
    ]
    around = [(lack // 2, lack - lack // 2) for lack in lacking]
    return tf.pad(inputs, [(0, 0), (0, 0), *around, (0, 0)])


def _convert(given: Any) -> Any:
    """What `tf.vectorized_map` makes of a convolution."""
    _, height, width, channels = given.op.inputs[0].shape
    in_groups = channels != given.op.inputs[1].shape[2]
    # On a CPU TensorFlow has no gradient for groups; and else its loop is quicker than the products, without XLA.
    wanted = in_groups or in_xla(tf.compat.v1.get_default_graph())
    padding = given.get_attr("padding")
    known = given.get_attr("data_format") == b"NHWC" and padding in (b"SAME", b"VALID") and height and width
    if not (wanted and known and given.input(1).is_stacked):
        return _LOOP(given)
    given.stack_inputs([0])
    strides, dilations = (list(given.get_attr(name))[1:3] for name in ("strides", "dilations"))
    outputs = conv2d(given.stacked_input(0), given.stacked_input(1), strides, dilations, padding == b"SAME")
    return stacked(outputs)


CONVERTERS[_OP] = _convert
# Under XLA the map is wrapped in a function. What its gradient takes of it then counts as an input, and shapes that
# depend on inputs are compiled anew for every chunk: of nets that join, pad, look up or have groups, 1 to 3 s each.
map_without_function()
