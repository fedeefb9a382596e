"""Initial weights of every member: the same in both frameworks and in any stack."""

from collections.abc import Sequence
from math import prod
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from configs.member import Member
from datamodules.folds.random_streams import WEIGHTS, member_stream
from experiment.nets.layout import Layout
from experiment.nets.net_errors import NetError

CONSTANTS = {"bias": 0.0, "beta": 0.0, "gamma": 1.0, "scale": 1.0, "alpha": 0.25}
KNOWN = (
    "nn.Linear, Conv1d, Conv2d, Embedding, LayerNorm, GroupNorm or RMSNorm "
    "(in Keras Dense, Conv1D, Conv2D, Embedding, LayerNormalization, GroupNormalization or RMSNormalization)"
)


def initial_weights(layout: Layout, members: Sequence[Member]) -> NDArray[np.float64]:
    """Initial parameters of every member, `(members, layout.size)`.

    A parameter's stream is addressed by the member's key and the parameter's name, so neither the order of the layers
    nor the rest of the network changes it. Raises NetError for a network without parameters.
    """
    if not layout.names:
        raise NetError("the net has no weights, so there is nothing to train; give it a layer that has some")
    rows = [
        [draw(name, shape, member).ravel() for name, shape in zip(layout.names, layout.shapes, strict=True)]
        for member in members
    ]
    return np.stack([np.concatenate(row) for row in rows])


def draw(name: str, shape: tuple[int, ...], member: Member) -> NDArray[np.float64]:
    """One parameter of one member by the last part of its name.

    `kernel`: uniform in +-sqrt(6 / (fan_in + fan_out)), Glorot and Bengio 2010, equation 16; a fan counts the receptive
    field of a convolution, and the inputs of a unit's group. `embeddings`: standard normal, as in torch. `bias` and
    `beta` are 0, `gamma` and `scale` are 1, `alpha` (the slope of prelu) is 0.25, He et al. 2015. Raises NetError for
    any other name, and for a kernel with fewer than two axes.
    """
    leaf = name.rsplit(".", 1)[-1]
    if leaf in CONSTANTS:
        return np.full(shape, CONSTANTS[leaf])
    stream = member_stream(member, WEIGHTS, crc32(name.encode()))
    if leaf == "embeddings":
        return stream.standard_normal(shape)
    if leaf != "kernel":
        known = ", ".join(["kernel", "embeddings", *CONSTANTS])
        cause = f"no initial values are known for parameter '{name}': its name must end in one of {known}"
        cure = f"write it from {KNOWN}"
        raise NetError(f"{cause}; {cure}, or register parameters with these names")
    if len(shape) < 2:
        cause = f"parameter '{name}' {shape} is no kernel, which has the axes (inputs, units)"
        raise NetError(f"{cause}; call it one of {', '.join(CONSTANTS)}, by where it starts")
    receptive = prod(shape[:-2])
    limit = np.sqrt(6.0 / (receptive * (shape[-2] + shape[-1])))
    return stream.uniform(-limit, limit, shape)
