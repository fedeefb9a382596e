"""Net check before training: outputs and one update on test batches, and what they reveal of an unusable net."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from experiment.nets.layout import Layout
from experiment.nets.net_cost import NetCost
from experiment.nets.net_errors import MIXES, OTHER, NetError
from experiment.rules.resources.devices import CPU, Device

Net = TypeVar("Net")
ROWS, PLACE = 8, 3
"""Rows of a batch, and the place in it of the row that both batches share."""
METRIC_ROWS = 64
"""Rows that a live metric is tried with."""
SAMPLED = 4096
"""Numbers of each parameter to compare: all of a small net, evenly spaced ones of a large one."""
NOISE = 0.1
"""Standard deviation of the noise added to the initial weights: a bias of 0 may hide an error that training exposes."""
CLOSE, CLOSE_MIXED = 1e-3, 0.03
"""Largest difference by rounding, relative to the largest output; the second is bfloat16's, which has 8 bits."""


@dataclass(frozen=True, eq=False)
class Update:
    """One update of each of two members, computed as in training: the same numbers in every framework.

    Attributes:
        losses: training loss of each member, `(members,)`.
        gradients, moves: the clipped gradient, and the change of the weights in two optimizer steps, with the
        gradient and with half of it: `(members, numbers)` by parameter name, `SAMPLED` numbers at most.
    """

    losses: NDArray
    gradients: Mapping[str, NDArray]
    moves: Mapping[str, NDArray]


@dataclass(frozen=True, eq=False)
class NetCheck:
    """Net check: parameters of a net, and its outputs `answers` `(modes, batches, ROWS, outputs)`; equal in frameworks.

    The modes are training, with one key for every dropout, and prediction. Runs of version 0.1 saved no `update`.
    """

    layout: Layout
    answers: NDArray
    update: Update | None = None


class CheckedNet(NamedTuple, Generic[Net]):
    """A net that can be trained: the net for its stacks, an unchanged copy, its cost, its check, and its device."""

    net: Net
    built: Net
    cost: NetCost
    check: NetCheck
    device: Device = CPU


def check_rows(num_rows: int) -> NDArray[np.int32]:
    """Two batches of evenly spaced rows of a table, `(2, ROWS)`, which share the row at `PLACE`."""
    rows = np.linspace(0, num_rows - 1, 2 * ROWS).astype(np.int32).reshape(2, ROWS)
    rows[1, PLACE] = rows[0, PLACE]
    return rows


def metric_rows(task: str, outputs: int) -> tuple[NDArray[np.float32], NDArray]:
    """Random logits `(2, METRIC_ROWS, outputs)` and targets `(2, METRIC_ROWS)` of two members, to try a metric with."""
    generator = np.random.default_rng(0)
    logits = generator.standard_normal((2, METRIC_ROWS, outputs)).astype(np.float32)
    if task == "regression":
        return logits, generator.standard_normal((2, METRIC_ROWS)).astype(np.float32)
    return logits, np.resize(np.arange(max(2, outputs)), (2, METRIC_ROWS))


def moved_weights(flat: NDArray, layout: Layout) -> NDArray:
    """Weights like those of a partly trained net: `(1, size)` -> the same with noise, parameter by parameter."""
    moved = {
        name: array
        + (NOISE * np.random.default_rng(crc32(name.encode())).standard_normal(array.shape)).astype(array.dtype)
        for name, array in layout.unflatten(flat).items()
    }
    return layout.flatten(moved)


def sampled_update(layout: Layout, losses: NDArray, gradients: NDArray, moves: NDArray) -> Update:
    """The `Update` of losses `(members,)`, and gradients and moves `(members, size)` in the order of `layout`."""
    return Update(losses, _sampled(layout, gradients), _sampled(layout, moves))


def _sampled(layout: Layout, flat: NDArray) -> dict[str, NDArray]:
    rows = {name: array.reshape(len(flat), -1) for name, array in layout.unflatten(flat).items()}
    return {name: row[:, :: -(-row.shape[1] // SAMPLED) or 1] for name, row in rows.items()}


def check_answers(answers: NDArray, again: NDArray, mixed: bool) -> None:
    """Raises NetError if a row's output depends on the other rows of its batch, or changes when the net is built anew.

    `answers` are those of a `NetCheck`; `again` are the predictions of the same net, built anew, for the first batch.
    `mixed` is whether it computes in bfloat16.
    """
    close = CLOSE_MIXED if mixed else CLOSE
    if any(difference(one[PLACE], other[PLACE]) > close for one, other in answers):
        raise NetError(MIXES)
    if difference(answers[-1][0], again) > close:
        raise NetError(OTHER)


def difference(one: NDArray, other: NDArray) -> float:
    """Largest difference of two arrays of one shape, relative to the largest number; 0 between equal infinities or NaN.

    Infinite where only one of them is finite.
    """
    both = np.isfinite(one) & np.isfinite(other)
    if not np.array_equal(one[~both], other[~both], equal_nan=True):
        return np.inf
    largest = np.abs([one[both], other[both]]).max(initial=0.0)
    return float(np.abs(one[both] - other[both]).max(initial=0.0) / largest) if largest else 0.0
