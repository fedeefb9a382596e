"""Computational cost of one network, estimated by its framework before training: weights, activations, FLOPs."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from experiment.record.log import log


class NetCost(NamedTuple):
    """`weights` of one net, and the computed `elements` and `flops` of a forward pass of one row.

    A framework that chooses its threads by itself counts no `flops`. `copies` of the weights are in memory when most
    of them are: with gradient, moments, new values, best weights, and what saves them.
    """

    weights: int = 0
    elements: int = 0
    flops: int = 0
    copies: int = 38


UNKNOWN = NetCost()
"""Cost of a net that could not be measured."""


def of_one_row(count: Callable[[int], Sequence[int]]) -> list[int]:
    """Cost of one more row, from `count` of a number of rows: a cast of weights is no part of it."""
    return [more - less for less, more in zip(count(2), count(3), strict=True)]


def measured_cost(measure: Callable[[], NetCost]) -> NetCost:
    """The result of `measure`, or `UNKNOWN` and a line in the log if it fails."""
    try:
        return measure()
    except Exception as error:
        log.info("cost: not known, the net cannot be traced (%s)", str(error).partition("\n")[0])
        return UNKNOWN
