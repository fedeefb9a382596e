"""Dropout masks by a counter-based hash: integer arithmetic with the same result in both frameworks' graphs.

Element `i` of a layer has a fixed counter; a step of a member has a key of two 32-bit words. The mask is
`(((counter ^ key[0]) * (key[1] | 1)), xor-shifted, * MULTIPLIER) >= threshold`, all in wrapping int32 arithmetic: keyed
multiply-shift hashing (Dietzfelbinger et al. 1997) and the second half of the `lowbias32` finaliser (Wellons 2018).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

MULTIPLIER = 0x2C1B3C6D
SHIFT = 15
_GOLDEN = 0x9E3779B9


class Window(NamedTuple):
    """Part of a batch that a device computes, whose masks are those of the whole batch at these rows."""

    first: int
    rows: int

    def first_element(self, shape: tuple[int, ...]) -> int:
        """Number of the first element of a layer's mask of `shape`, whose leading axis is the batch.

        Raises ValueError for a shape that is no multiple of the rows.
        """
        if not shape or shape[0] % self.rows:
            cause = f"shape {shape} does not begin with the batch, here {self.rows} rows"
            raise ValueError(f"KeyedDropout over several devices: {cause}; call it with the batch as the first axis")
        return self.first * (prod(shape) // self.rows)


def address_of_call(address: int, call: int) -> int:
    """Address of a layer's mask when a forward pass calls it again, after `call` times; `address` the first time."""
    return crc32(bytes(call), address)


@lru_cache(maxsize=64)
def counters(address: int, shape: tuple[int, ...], first: int = 0) -> NDArray[np.int32]:
    """Well mixed counters of a layer's elements, int32 of `shape`; `address` is unique to the layer.

    `first` is the number of the first element, if these are a part of a larger layer.
    """
    counter = np.arange(first, first + prod(shape)).astype(np.uint32) * np.uint32(_GOLDEN) + np.uint32(address)
    counter ^= counter >> np.uint32(16)
    counter *= np.uint32(0x21F0AAAD)
    counter ^= counter >> np.uint32(15)
    counter *= np.uint32(0x735A2D97)
    counter ^= counter >> np.uint32(15)
    return counter.view(np.int32).reshape(shape)


def threshold(rate: float) -> int:
    """The int32 below which an element is dropped: a share `rate` of all int32 values lies below it."""
    return min(round(rate * 2**32) - 2**31, 2**31 - 1)


def own_drops(rates: Sequence[Mapping[str, float]]) -> dict[str, NDArray]:
    """What members with dropout `rates` of their own, by layer, need in a step; nothing if all have the same ones.

    `thresholds` int32 and `scales` (what is kept is multiplied by them) float64, both `(members, layers)`, in the order
    of the member with the most layers. A layer that a member does not have drops nothing.
    """
    layers = max(rates, key=len)
    table = np.array([[own.get(layer, 0.0) for layer in layers] for own in rates])
    if (table == table[0]).all():
        return {}
    thresholds = [[threshold(rate) for rate in own] for own in table.tolist()]
    return {"thresholds": np.array(thresholds, np.int32), "scales": 1.0 / (1.0 - table)}


def keep_mask(key: NDArray[np.integer], address: int, shape: tuple[int, ...], rate: float) -> NDArray[np.bool_]:
    """Reference mask in NumPy for the tests of both frameworks: True where an element is kept."""
    words = np.asarray(key).astype(np.int32)
    hashed = (counters(address, shape) ^ words[0]) * (words[1] | np.int32(1))
    hashed = (hashed ^ (hashed >> np.int32(SHIFT))) * np.int32(MULTIPLIER)
    return hashed >= threshold(rate)
