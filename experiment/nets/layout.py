"""Flat layout of a network's parameters: names, shapes and offsets in one vector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from experiment.nets.net_errors import NetError


@dataclass(frozen=True)
class Layout:
    """Names and shapes of a network's parameters in their portable form, e.g. `hidden.0.kernel` `(inputs, units)`.

    A stack keeps all its parameters in one `(members, size)` buffer, so that clipping, decay, the optimizer and the
    mask of the finished members are a handful of operations for any network.
    """

    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers in each parameter."""
        return tuple(prod(shape) for shape in self.shapes)

    @property
    def size(self) -> int:
        """Numbers in one member."""
        return sum(self.sizes)

    def flatten(self, arrays: Mapping[str, NDArray]) -> NDArray:
        """Join named `(members, *shape)` arrays to `(members, size)`. Raises ValueError for other names or shapes."""
        if set(arrays) != set(self.names):
            raise ValueError(f"the network has {sorted(self.names)}, the arrays are {sorted(arrays)}")
        for name, shape in zip(self.names, self.shapes, strict=True):
            if arrays[name].shape[1:] != shape:
                raise ValueError(f"'{name}' must be (members, {', '.join(map(str, shape))}), got {arrays[name].shape}")
        members = len(arrays[self.names[0]])
        return np.concatenate([arrays[name].reshape(members, -1) for name in self.names], axis=1)

    def unflatten(self, flat: NDArray) -> dict[str, NDArray]:
        """Split `(members, size)` to named `(members, *shape)` arrays: views, in order."""
        parts = np.split(flat, np.cumsum(self.sizes)[:-1], axis=1)
        return {
            name: part.reshape(len(flat), *shape)
            for name, shape, part in zip(self.names, self.shapes, parts, strict=True)
        }


def layout_of(parameters: Sequence[tuple[str, tuple[int, ...]]]) -> Layout:
    """Layout from `(name, shape)` pairs. Raises NetError if two share a name."""
    names = tuple(name for name, _ in parameters)
    shared = sorted({name for name in names if names.count(name) > 1})
    if shared:
        raise NetError(f"parameters share a name ({', '.join(shared)}); give every layer a name of its own")
    return Layout(names, tuple(tuple(shape) for _, shape in parameters))
