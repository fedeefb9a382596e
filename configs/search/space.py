"""The space of a search: its keys as dimensions with their values, and the study at one of its settings."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from configs.errors import StudyError
from configs.loading.problems import shown
from configs.loading.settings import Settings
from configs.loading.validation import validated
from configs.schema import Study
from configs.sections.search import Axis, Search, has


class Dimension(NamedTuple):
    """A searched key with what its study says of it.

    Attributes:
        values: all values, of choices and of a range with a step or of integers; None for a range of real numbers.
        whole: whether the values are integers.
        when: searched key -> its values with which this one is searched.
    """

    key: str
    axis: Axis
    values: Sequence[Any] | None
    whole: bool
    when: Mapping[str, Sequence[Any]]

    def is_active(self, values: Mapping[str, Any]) -> bool:
        """Whether this key is searched where other keys have these values; a key that is not there is not searched."""
        return all(key in values and has(values[key], allowed) for key, allowed in self.when.items())

    def contains(self, value: Any) -> bool:
        """Whether a value is one of this dimension's."""
        if self.values is not None:
            return has(value, self.values)
        low, high = self.axis.low or 0, self.axis.high or 0
        return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def study_at(study: Study, values: Mapping[str, Any]) -> Study:
    """The study with dotted keys set, as overrides on the command line would, and without its search.

    Raises:
        StudyError: with all problems, each after "override KEY=VALUE".
    """
    settings = Settings(study.model_dump(mode="json") | {"search": None}, "study")
    for key, value in values.items():
        origin = f"override {key}={shown(value)}"
        settings.problems += [f"{origin}: {problem}" for problem in settings.set(tuple(key.split(".")), value, origin)]
    return validated(settings)


def value_at(study: Study, key: str) -> Any:
    """The value of a dotted key, plain data; a section that is written as its name has that as `name`. None without."""
    value: Any = study.model_dump(mode="json")
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else value if part == "name" else None
    return value


def written_values(study: Study, space: Sequence[Dimension]) -> dict[str, Any]:
    """The value of each searched key in the study as written, as the space writes it: a loss by its name, if it may."""
    return {one.key: _written(study, one) for one in space}


def _written(study: Study, one: Dimension) -> Any:
    value = value_at(study, one.key)
    for choice in () if one.contains(value) else one.axis.choices or ():
        if not one.when and study_at(study, {one.key: choice}) == study.model_copy(update={"search": None}):
            return choice
    return value


def dimensions(study: Study) -> list[Dimension]:
    """The searched keys of a study whose space is valid; one with conditions comes after the keys that they name."""
    search = searched(study)
    return [dimension_of(study, search.space, key) for key in ordered(search.space)]


def searched(study: Study) -> Search:
    """The search of a study. Raises StudyError if it has none."""
    if study.search is None:
        raise StudyError(
            ["search: is null; say what is searched, like search.space={model.dropout: {low: 0, high: 0.5}}"]
        )
    return study.search


def active(space: Sequence[Dimension], values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values whose keys are searched, given the others."""
    kept: dict[str, Any] = {}
    for dimension in space:
        if dimension.key in values and dimension.is_active(kept):
            kept[dimension.key] = values[dimension.key]
    return kept


def ordered(space: Mapping[str, Axis]) -> list[str]:
    """The keys, each after those of its conditions; keys in a circle are left out."""
    keys: list[str] = []
    for _ in space:
        keys += [key for key, axis in space.items() if key not in keys and set(axis.when) <= set(keys)]
    return keys


def base_of(study: Study, space: Mapping[str, Axis], key: str) -> dict[str, Any]:
    """Values of other keys with which a key is searched: the first that each of its conditions allows."""
    base: dict[str, Any] = {}
    for parent, wanted in space[key].when.items():
        base |= base_of(study, space, parent) | {parent: allowed(space[parent], wanted)[0]}
    return base


def allowed(axis: Axis, wanted: Any) -> Sequence[Any]:
    """The values that a condition allows: one of the parent's choices, or a list of values."""
    if has(wanted, axis.choices or ()) or not isinstance(wanted, list | tuple) or not wanted:
        return [wanted]
    return wanted


def dimension_of(study: Study, space: Mapping[str, Axis], key: str) -> Dimension:
    """One searched key, whose bounds and conditions are valid."""
    axis = space[key]
    when = {parent: allowed(space[parent], wanted) for parent, wanted in axis.when.items()}
    if axis.choices is not None:
        return Dimension(key, axis, axis.choices, False, when)
    whole = type(value_at(study_at(study, base_of(study, space, key) | {key: axis.low}), key)) is int
    return Dimension(key, axis, _listed(axis, whole), whole, when)


def _listed(axis: Axis, whole: bool) -> Sequence[Any] | None:
    """All values of a range with a step or of integers; the last may lie below `high`."""
    low, high, step = axis.low or 0, axis.high or 0, axis.step
    if whole and (step is None or not axis.log):
        return range(int(low), int(high) + 1, int(step or 1))
    if step is None:
        return None
    numbers = [low * step**index if axis.log else low + index * step for index in range(axis.num_steps)]
    return tuple(int(number) if whole else min(float(number), float(high)) for number in numbers)
