"""What one network takes, as far as its framework can tell before anything trains."""

from collections.abc import Callable
from typing import NamedTuple

from experiment.log import log


class NetCost(NamedTuple):
    """Of one net its `weights`, and of one row on its way through it what is computed: `elements`, and `flops`.

    All zero is a net that could not be looked at.
    """

    weights: int = 0
    elements: int = 0
    flops: int = 0


def of_one_row(count: Callable[[int], tuple[int, int]]) -> tuple[int, int]:
    """Elements and flops that one more row takes, when `count` says what so many rows do: casts of weights are none."""
    (elements, flops), (more_elements, more_flops) = count(2), count(3)
    return more_elements - elements, more_flops - flops


def known_cost(measure: Callable[[], NetCost]) -> NetCost:
    """What `measure` gives; a net that it cannot look at is a line in the log."""
    try:
        return measure()
    except Exception as error:
        log.info("cost: not known, the net cannot be traced (%s)", str(error).partition("\n")[0])
        return NetCost()
