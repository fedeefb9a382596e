"""What a net is tried on before a stack of it is trained, and what its answers say of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from experiment.nets.layout import Layout
from experiment.nets.net_cost import NetCost
from experiment.nets.net_errors import MIXES, OTHER, NetError

Net = TypeVar("Net")
ROWS, PLACE = 8, 3
"""Rows of a batch, and where in it the row lies that both batches have."""
SAMPLED = 4096
"""Numbers of each parameter that are compared: all of a small net, evenly spaced ones of a large one."""
NOISE = 0.1
"""Deviation of what is added to the initial weights: a bias of 0 may hide what it lets through once trained."""
CLOSE, CLOSE_MIXED = 1e-3, 0.03
"""Largest difference by rounding, as a share of the largest answer; the second is bfloat16's, which has 8 bits."""


@dataclass(frozen=True, eq=False)
class Update:
    """One update of each of two members, computed as training does it: the same numbers in every framework.

    Attributes:
        losses: training loss of each member, `(members,)`.
        gradients, moves: the clipped gradient, and how far the optimizer moves the weights in two steps, along the
            gradient and along half of it: `(members, numbers)` by parameter name, `SAMPLED` numbers at most.
    """

    losses: NDArray
    gradients: Mapping[str, NDArray]
    moves: Mapping[str, NDArray]


@dataclass(frozen=True, eq=False)
class Trial:
    """What a net has: its parameters, and its `answers` `(modes, batches, ROWS, outputs)`, the same in every framework.

    The modes are training, with one key for every dropout, and prediction. Runs of version 0.1 kept no `update`.
    """

    layout: Layout
    answers: NDArray
    update: Update | None = None


class Tried(NamedTuple, Generic[Net]):
    """A net that can be trained: what its stacks are made of, the same as it was built, its cost, and its trial."""

    net: Net
    built: Net
    cost: NetCost
    trial: Trial


def trial_rows(num_rows: int) -> NDArray[np.int32]:
    """Two batches of rows of a table, `(2, ROWS)`, from all over it; they have the row at `PLACE` in common."""
    rows = np.linspace(0, num_rows - 1, 2 * ROWS).astype(np.int32).reshape(2, ROWS)
    rows[1, PLACE] = rows[0, PLACE]
    return rows


def trial_weights(flat: NDArray, layout: Layout) -> NDArray:
    """Weights like those of a net that has been trained for a while: `(1, size)` -> the same, moved, name by name."""
    moved = {
        name: array
        + (NOISE * np.random.default_rng(crc32(name.encode())).standard_normal(array.shape)).astype(array.dtype)
        for name, array in layout.unflatten(flat).items()
    }
    return layout.flatten(moved)


def sampled_update(layout: Layout, losses: NDArray, gradients: NDArray, moves: NDArray) -> Update:
    """The `Update` of losses `(members,)`, and gradients and moves `(members, size)`, which lie as `layout` says."""
    return Update(losses, _sampled(layout, gradients), _sampled(layout, moves))


def _sampled(layout: Layout, flat: NDArray) -> dict[str, NDArray]:
    rows = {name: array.reshape(len(flat), -1) for name, array in layout.unflatten(flat).items()}
    return {name: row[:, :: -(-row.shape[1] // SAMPLED) or 1] for name, row in rows.items()}


def check_answers(answers: NDArray, again: NDArray, mixed: bool) -> None:
    """Raises NetError if what a row is answered depends on the rows beside it, or on when the net was built.

    `answers` are those of a `Trial`; `again` is what the same net, built anew, predicts of the first batch. `mixed`
    says that it computes in bfloat16.
    """
    close = CLOSE_MIXED if mixed else CLOSE
    if any(difference(one[PLACE], other[PLACE]) > close for one, other in answers):
        raise NetError(MIXES)
    if difference(answers[-1][0], again) > close:
        raise NetError(OTHER)


def difference(one: NDArray, other: NDArray) -> float:
    """The largest one between two arrays of one shape, as a share of the largest number; what overflows alike has none.

    Infinite where only one of them is finite.
    """
    both = np.isfinite(one) & np.isfinite(other)
    if not np.array_equal(one[~both], other[~both], equal_nan=True):
        return np.inf
    largest = np.abs([one[both], other[both]]).max(initial=0.0)
    return float(np.abs(one[both] - other[both]).max(initial=0.0) / largest) if largest else 0.0
