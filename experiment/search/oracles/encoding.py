"""Encoding: values of a study as keras-tuner has them, and back. It knows numbers, and choices of one type alone.

Choices, and the values of a range of real numbers with a step, are therefore told as their index.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from configs.search.space import Dimension
from configs.sections.search import has

DIGITS = 6
"""Significant digits of a real number that is proposed, so that its record repeats it on another processor."""


def specification(space: Sequence[Dimension]) -> list[dict[str, Any]]:
    """The space as plain data: name, kind, bounds and conditions of each key."""
    known = {one.key: one for one in space}
    return [_specified(one, known) for one in space]


def encoded(space: Sequence[Dimension], values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Values of all keys that are searched, for keras-tuner; None if one of them is not in the space."""
    if not all(one.contains(values[one.key]) for one in space if one.key in values):
        return None
    return {one.key: _encoded(one, values[one.key]) for one in space if one.key in values}


def decoded(space: Sequence[Dimension], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that keras-tuner proposes, within their bounds, which rounding may leave."""
    return {one.key: _decoded(one, values[one.key]) for one in space if one.key in values}


def is_indexed(dimension: Dimension) -> bool:
    """Whether a value is told by its index."""
    return dimension.values is not None and not isinstance(dimension.values, range)


def _specified(one: Dimension, known: Mapping[str, Dimension]) -> dict[str, Any]:
    said = {"name": one.key, "when": {key: [_encoded(known[key], v) for v in one.when[key]] for key in one.when}}
    if is_indexed(one):
        return said | {"kind": "Choice", "values": list(range(len(one.values or ())))}
    bounds = {"min_value": one.axis.low, "max_value": one.axis.high, "sampling": "log" if one.axis.log else "linear"}
    return said | {"kind": "Int" if one.whole else "Float", "step": one.axis.step} | bounds


def _encoded(one: Dimension, value: Any) -> Any:
    if one.values is None or isinstance(one.values, range):
        return value
    return next(index for index, known in enumerate(one.values) if has(value, [known]))


def _decoded(one: Dimension, value: Any) -> Any:
    if one.values is not None and not isinstance(one.values, range):
        return one.values[value]
    low, high = one.axis.low or 0, one.axis.high or 0
    return int(min(max(value, low), high)) if one.whole else float(min(max(float(f"{value:.{DIGITS}g}"), low), high))
