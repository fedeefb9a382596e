"""Keys whose best value lies on a bound of their range: values beyond it, which no trial has, may be better."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from configs.sections.search import Axis

NEAR = 0.05
"""Largest distance to a bound, as a share of the range, that counts as on it: a uniform draw has it one time in ten."""
FEWEST_CHOICES = 3
"""Fewest numbers to choose from that have an inside."""


class AtBound(NamedTuple):
    """A best value at a bound.

    Attributes:
        key, value: the searched key, and its best value.
        side, bound: "low" or "high", and the value of that bound.
        share: distance to the bound as a share of the range, of its logarithm where `log`; 0 on the bound.
        folds: number of the folds whose winner has a value at the same bound.
    """

    key: str
    value: float
    side: str
    bound: float
    share: float
    folds: int


def at_bounds(
    space: Mapping[str, Axis],
    best: Mapping[str, Any],
    winners: Sequence[Mapping[str, Any]],
    is_possible: Callable[[str, float], bool],
) -> list[AtBound]:
    """The keys of the `best` setting that lie at a bound of their range, or of a list of numbers to choose from.

    A bound beyond which the key `is_possible` with no value is none: a dropout has none below 0. `winners` are the
    settings of the folds' winners.
    """
    found = []
    for key, axis in space.items():
        if key not in best or (place := _place(axis, best[key])) is None:
            continue
        side, bound, share = place
        if not any(is_possible(key, value) for value in _beyond(axis, side)):
            continue
        alike = [_place(axis, one[key]) for one in winners if key in one]
        folds = sum(other is not None and other[0] == side for other in alike)
        found.append(AtBound(key, float(best[key]), side, bound, share, folds))
    return found


def _beyond(axis: Axis, side: str) -> tuple[float, float]:
    """The next integer beyond a bound, and a number `NEAR` it: one of them is a value where the key goes on."""
    low, high = _ends(axis) or (0.0, 0.0)
    bound, sign = (low, -1) if side == "low" else (high, 1)
    near = bound * (high / low) ** (sign * NEAR) if axis.log else bound + sign * NEAR * (high - low)
    return (math.ceil(bound) - 1 if side == "low" else math.floor(bound) + 1), near


def _place(axis: Axis, value: Any) -> tuple[str, float, float] | None:
    """Side, bound and distance of a value at a bound of its axis; None inside, and for what has no bounds."""
    if (ends := _ends(axis)) is None or not _is_number(value):
        return None
    low, high = ends
    scale = math.log if axis.log and min(low, value) > 0 else float
    width = scale(high) - scale(low)
    below, above = ((scale(value) - scale(low)) / width, (scale(high) - scale(value)) / width)
    if below <= NEAR:
        return "low", low, max(below, 0.0)
    return ("high", high, max(above, 0.0)) if above <= NEAR else None


def _ends(axis: Axis) -> tuple[float, float] | None:
    if axis.choices is not None:
        numbers = [float(one) for one in axis.choices if _is_number(one)]
        few = len(set(numbers)) < FEWEST_CHOICES or len(numbers) < len(axis.choices)
        return None if few else (min(numbers), max(numbers))
    if axis.low is None or axis.high is None or axis.low >= axis.high:
        return None
    return float(axis.low), float(axis.high)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
