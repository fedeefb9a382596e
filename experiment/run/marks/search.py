"""The keys of a search that may not change once it has begun: all but `trials` and `minutes`, which may be raised."""

from collections.abc import Iterator, Mapping
from typing import Any

from configs.schema import Study

RAISED = ("trials", "minutes")
"""Keys of `search` that a resumed search may have raised."""


def begun_search(study: Study) -> dict[str, Any] | None:
    """The search of a study as plain data without `RAISED`; None for a study that is trained as it is."""
    return study.search.model_dump(mode="json", exclude={*RAISED}) if study.search else None


def search_differences(begun: Any, study: Study) -> list[str]:
    """A line for each key in which the search of `study` is not the one that was `begun`."""
    before, after = dict(_flat(begun, "search")), dict(_flat(begun_search(study), "search"))
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return [f"{key} was {before.get(key)} and is {after.get(key)}" for key in keys]


def _flat(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{place}.{name}")
    else:
        yield place, value
