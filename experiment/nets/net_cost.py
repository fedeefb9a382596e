"""What one network takes, as far as its framework can tell before anything trains."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from experiment.record.log import log


class NetCost(NamedTuple):
    """Of one net its `weights`, and of one row on its way through it what is computed: `elements`, and `flops`.

    A framework that chooses its threads by itself counts no `flops`.
    """

    weights: int = 0
    elements: int = 0
    flops: int = 0


UNKNOWN = NetCost()
"""Of a net that could not be looked at."""


def of_one_row(count: Callable[[int], Sequence[int]]) -> list[int]:
    """What one more row takes, when `count` says what so many rows do: a cast of weights is no part of it."""
    return [more - less for less, more in zip(count(2), count(3), strict=True)]


def known_cost(measure: Callable[[], NetCost]) -> NetCost:
    """What `measure` gives; a net that it cannot look at is a line in the log."""
    try:
        return measure()
    except Exception as error:
        log.info("cost: not known, the net cannot be traced (%s)", str(error).partition("\n")[0])
        return UNKNOWN
