"""Check of a search against its study: which keys may be searched, and that their values make valid studies."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from configs.errors import StudyError
from configs.loading.problems import Place, close_match, question, shown, unknown_key
from configs.loading.validation import known_keys
from configs.schema import Study
from configs.search.space import (
    active,
    allowed,
    base_of,
    dimension_of,
    dimensions,
    ordered,
    searched,
    study_at,
    value_at,
    written_values,
)
from configs.sections.search import Axis, has

Problem = tuple[Place, str]
SAME_ROWS = "all trials are compared on the same rows and folds"
NO_RESULT = "it changes no result"
FIXED = {
    "name": NO_RESULT,
    "output": NO_RESULT,
    "stack": NO_RESULT,
    "launcher": NO_RESULT,
    "slurm": NO_RESULT,
    "ray": NO_RESULT,
    "evaluation": "it changes no training",
    "framework": "both give the same answer",
    "seed": "a seed that wins is luck; search with seeds=5 instead, which takes the mean",
    "seeds": "more networks for a fold are more luck; set it for all trials",
    "baselines": "a baseline is no part of a trial",
    "data": SAME_ROWS,
    "folds": SAME_ROWS,
    "search": "a search has no search",
    "training.engine": NO_RESULT,
    "training.accelerator": NO_RESULT,
    "training.devices": NO_RESULT,
    "training.steps_per_execution": NO_RESULT,
}
"""Sections and keys that are the same in all trials, and why."""
EPOCHS = "training.max_epochs"
SHORT = 16
"""A range of so many integers is checked one by one, a longer one at its ends and in its middle."""
COMBINED = 24
"""Settings whose values are checked together."""


def space_problems(study: Study) -> list[Problem]:
    """What is wrong with the search of a study: places and sentences; [] without a search."""
    if study.search is None:
        return []
    search, known = study.search, list(known_keys(Study, study.model_dump(mode="json") | {"search": None}))
    problems = [
        ((*_place(key), *place), text)
        for key, axis in search.space.items()
        for place, text in _key_problems(key, study, known) or _condition_problems(axis, search.space)
    ]
    if not problems and (key := _in_a_circle(search.space)):
        problems = [((*_place(key), "when"), f"'{key}' is its own condition, by way of others: remove one of them")]
    problems = problems or _all_value_problems(study, search.space)
    return problems or _combined_problems(study) or list(_enqueued_problems(study))


def _key_problems(key: str, study: Study, known: Sequence[str]) -> list[Problem]:
    """Whether the key is one that may differ between trials; arguments of files that are not chosen yet may."""
    search = searched(study)
    fixed = next((name for name in FIXED if f"{key}.".startswith(f"{name}.")), None)
    if fixed:
        return [((), f"'{fixed}' cannot be searched: {FIXED[fixed]}")]
    if search.oracle == "hyperband" and key == EPOCHS:
        return [((), "hyperband chooses the epochs itself, up to the study's; leave this key out")]
    if (
        key not in known
        and not any(key.startswith(f"{other}.") for other in search.space)
        and not search.space[key].when
    ):
        if owner := _owner(study, search.space, key):
            return [((), f"is a key of some trials only; add to it: when: {{{owner}}}")]
        return [((), unknown_key(tuple(key.split(".")), known))]
    return []


def _owner(study: Study, space: Mapping[str, Axis], key: str) -> str:
    """The condition under which an argument is one: `optimizer.name: sgd`; "" if no searched choice has it."""
    for parent, axis in space.items():
        for choice in axis.choices or ():
            with suppress(StudyError):
                chosen = study_at(study, {parent: choice}).model_dump(mode="json")
                if key in known_keys(Study, chosen):
                    return f"{parent}: {choice}"
    return ""


def _condition_problems(axis: Axis, space: Mapping[str, Axis]) -> Iterator[Problem]:
    for parent in axis.when:
        if parent not in space:
            yield ("when", parent), f"'{parent}' is not searched{question(close_match(parent, space), space)}"


def _in_a_circle(space: Mapping[str, Axis]) -> str | None:
    """A key that is a condition of itself, directly or by way of others."""
    return next((key for key in space if key not in ordered(space)), None)


def _all_value_problems(study: Study, space: Mapping[str, Axis]) -> list[Problem]:
    """Problems of conditions and values; those of a key whose condition has one cannot be told."""
    problems: dict[str, list[Problem]] = {}
    for key in ordered(space):
        if not set(space[key].when) & set(problems):
            found = list(_unmet_conditions(study, space, key)) or _value_problems(study, space, key)
            problems |= {key: found} if found else {}
    return [problem for found in problems.values() for problem in found]


def _unmet_conditions(study: Study, space: Mapping[str, Axis], key: str) -> Iterator[Problem]:
    """Conditions that no setting meets, because the other key does not have that value."""
    for parent, wanted in space[key].when.items():
        known, place = dimension_of(study, space, parent).values, (*_place(key), "when", parent)
        if known is None:
            yield place, f"'{parent}' is a range of real numbers; a condition needs choices, or a range with a step"
        elif missing := [value for value in allowed(space[parent], wanted) if not has(value, known)]:
            yield place, f"'{parent}' is never {shown(missing[0])}; write one of its values, or a list of them"


def _value_problems(study: Study, space: Mapping[str, Axis], key: str) -> list[Problem]:
    """Whether the choices, or the bounds of a range and numbers between them, give valid studies."""
    axis, base = space[key], base_of(study, space, key)
    if axis.choices is not None:
        tried: list[tuple[Place, Any]] = [(("choices", index), value) for index, value in enumerate(axis.choices)]
    else:
        tried = [(("low",), axis.low), (("high",), axis.high)]
    found = [((*_place(key), *place), text) for place, value in tried if (text := _problem(study, base, key, value))]
    if found or axis.choices is not None:
        return found
    kind = type(value_at(study_at(study, base | {key: axis.low}), key))
    if kind is int and isinstance(axis.step, float):
        return [((*_place(key), "step"), f"must be an integer, as '{key}' is one; received {axis.step:g}")]
    between = _inner(axis, whole=kind is int)
    texts = ((value, _problem(study, base, key, value)) for value in between)
    return [(_place(key), f"{text}, which lies between low and high; list choices") for _, text in texts if text][:1]


def _inner(axis: Axis, whole: bool) -> list[float]:
    """Numbers within a range by which the values between its bounds are judged."""
    low, high = axis.low or 0, axis.high or 0
    if not whole:
        return [(low + high) / 2]
    if high - low <= SHORT:
        return list(range(int(low) + 1, int(high)))
    return [int(low) + 1, int(low + high) // 2, int(low + high) // 2 + 1]


def _combined_problems(study: Study) -> list[Problem]:
    """Whether values that are valid one by one are so together, by a sample of settings; the first that is not."""
    space, draw = dimensions(study), random.Random(0)
    for _ in range(COMBINED if len(space) > 1 else 0):
        values: dict[str, Any] = {}
        for one in space:
            if one.is_active(values):
                ends = (one.axis.low, one.axis.high)
                values[one.key] = draw.choice(ends if one.values is None else one.values)
        if text := _refusal(study, values):
            given = ", ".join(f"{key}={shown(value)}" for key, value in values.items())
            return [(("search", "space"), f"has settings that are no valid study, like {given}: {text}; use 'when'")]
    return []


def _enqueued_problems(study: Study) -> Iterator[Problem]:
    space = {one.key: one for one in dimensions(study)}
    written = written_values(study, list(space.values()))
    for index, setting in enumerate(searched(study).enqueue):
        place: Place = ("search", "enqueue", index)
        kept = active(list(space.values()), written | setting)
        for key in setting:
            if key not in space:
                yield (*place, key), f"'{key}' is not searched{question(close_match(key, space), space)}"
            elif key not in kept:
                yield (*place, key), f"'{key}' is not searched here, by its 'when'; leave it out"
        if set(setting) <= set(kept) and (text := _refusal(study, setting)):
            yield place, text


def _place(key: str) -> Place:
    return ("search", "space", key)


def _problem(study: Study, base: Mapping[str, Any], key: str, value: Any) -> str:
    """What is wrong with one value of a key, beside values of other keys; "" if nothing is."""
    return _refusal(study, {**base, key: value}).removeprefix(f"{key}={shown(value)}: ")


def _refusal(study: Study, values: Mapping[str, Any]) -> str:
    """Why the study with these values is not valid, the first cause; "" if it is."""
    try:
        study_at(study, values)
    except StudyError as error:
        return error.problems[0].removeprefix("override ")
    return ""
