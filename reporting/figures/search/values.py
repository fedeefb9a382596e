"""Values of trials as positions on axes: of the objective, and of each searched key."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reporting.search_words import value_in_words

Answer = Mapping[str, Any]
Floats = NDArray[np.float64]
BEYOND = 4.0
"""A trial worse than the median by so many distances between the best and the median is drawn at the edge."""
LONGEST = 14
"""Characters of the longest label of a choice."""


class Positions(NamedTuple):
    """A key's values as positions, `(trials,)`, nan where a trial has none.

    `log` says that they are common logarithms, of 0 that of the lower end; `chosen` that they are places among
    choices. `ticks` are positions with their labels: all choices, or the ends.
    """

    values: Floats
    log: bool
    chosen: bool
    ticks: Sequence[tuple[float, str]]


def done_trials(answer: Answer) -> list[Mapping[str, Any]]:
    """The trials with a value, by number."""
    return [one for one in answer["trials"] if one["value"] is not None]


def objective_label(answer: Answer) -> str:
    """What the values of the trials are."""
    name = answer["objective"]["name"]
    return f"{name}, validation rows" if answer["together"] else f"{name} less the fold's median"


def limits(answer: Answer) -> tuple[float, float]:
    """Ends of the objective's axis: of all trials but those so bad that they would flatten the rest."""
    values, falls = np.array([one["value"] for one in done_trials(answer)]), answer["objective"]["falls"]
    best, worst = (values.min(), values.max()) if falls else (values.max(), values.min())
    middle = float(np.median(values))
    if abs(worst - middle) > BEYOND * abs(middle - best) > 0:
        inside = values[np.abs(values - middle) <= BEYOND * abs(middle - best)]
        worst = inside.max() if falls else inside.min()
    low, high = sorted((float(best), float(worst)))
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
    return low - margin, high + margin


def positions(answer: Answer, key: str) -> Positions:
    """The values of a key in `done_trials`, on an axis of its own."""
    axis = answer["space"].get(key, {})
    values = [one["values"].get(key) for one in done_trials(answer)]
    known = [one for one in values if one is not None]
    if axis.get("choices") is None and all(_is_number(one) for one in known):
        ends = [end for end in (axis.get("low"), axis.get("high")) if end is not None] or [min(known), max(known)]
        log = bool(axis.get("log")) and min(ends) > 0
        shown = [None if one is None else max(float(one), min(ends)) if log else float(one) for one in values]
        write = math.log10 if log else float
        ticks = [(write(end), value_in_words(end)) for end in dict.fromkeys(ends)]
        return Positions(np.array([math.nan if one is None else write(one) for one in shown]), log, False, ticks)
    choices: dict[str, int] = {}
    for one in [*(axis.get("choices") or ()), *known]:
        choices.setdefault(value_in_words(one), len(choices))
    found = np.array([math.nan if one is None else float(choices[value_in_words(one)]) for one in values])
    return Positions(found, False, True, [(float(place), _short(name)) for name, place in choices.items()])


def varied_keys(answer: Answer) -> list[str]:
    """The searched keys that have several values, the most important first where that is known."""
    keys = [*answer["importance"]["keys"], *answer["written"], *answer["space"]]
    return [key for key in dict.fromkeys(keys) if len({_text(one, key) for one in done_trials(answer)}) > 1]


def _text(entry: Mapping[str, Any], key: str) -> str:
    return repr(entry["values"].get(key))


def _short(name: str) -> str:
    told = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
    return told.replace("$", r"\$")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
