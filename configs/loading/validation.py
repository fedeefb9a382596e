"""Validation of settings: a `Study`, or an error with a line for every problem, each with the origin of its value."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from configs.errors import StudyError
from configs.loading.problems import Place, problem_line, sentence, unknown_key
from configs.loading.settings import Settings
from configs.schema import SECTIONS, Study
from configs.seats.metric_keys import read_key
from configs.seats.seat import Seat
from configs.types import Section


def validated(settings: Settings) -> Study:
    """Return the study of the settings.

    Raises:
        StudyError: with all problems at once, each with its file and line, or its override.
    """
    try:
        study = Study.model_validate(settings.data)
    except ValidationError as error:
        raise StudyError(settings.problems + [_line(details, settings) for details in error.errors()]) from None
    if settings.problems:
        raise StudyError(settings.problems)
    return study


def _line(details: ErrorDetails, settings: Settings) -> str:
    """Return one problem as `origin: place: sentence`, without the place where the origin contains it."""
    place = details["loc"]
    origin = _origin(details, settings)
    if details["type"] == "extra_forbidden":
        text, place = unknown_key(place, known_keys(Study, settings.data), _owners(place)), place[:-1]
    else:
        text = sentence(details)
        place = _section_of_name(place, settings.data)
    return problem_line(origin, place, text)


def _section_of_name(place: Place, data: Any) -> Place:
    """Return the place of a section that is written as a name alone, for that of its name: `training.loss`."""
    return place[:-1] if place and place[-1] == "name" and isinstance(_value(data, place[:-1]), str) else place


def _owners(place: Place) -> str:
    """Return which other files of a seat have the argument at `place`: `optimizer 'sgd'`; "" if none has."""
    seat = next((seat for seat in SECTIONS.values() if seat.is_section(place[:-1])), None)
    names = [name for name in seat.known() if place[-1] in seat.argument_names(name)] if seat else []
    return " and ".join(f"{seat.kind} '{name}'" for name in names) if seat else ""


def _origin(details: ErrorDetails, settings: Settings) -> str:
    """Return the origin of a wrong value; a default that the study does not set comes from the chosen file."""
    place = details["loc"]
    for section, seat in SECTIONS.items():
        depth = len(seat.place) + seat.many
        if not seat.is_section(place[:depth]):
            continue
        said, name = _said(section, seat, settings.data, place[:depth])
        if len(place) == depth or details["type"] == "missing":
            return settings.origin((*place[:depth], seat.form.key))
        if place[depth] not in {*section.model_fields, *said}:
            return seat.origin_of_default(name, str(place[depth]))
    return settings.origin(place)


def _said(section: type[Section], seat: Seat, data: Any, place: Place) -> tuple[dict[str, Any], Any]:
    """Return what a study says in a section that chooses a file: its keys, right or wrong, and the name."""
    data = _value(data, place)
    if isinstance(data, str):
        name, said = read_key(data)
        return said, name
    said = data if isinstance(data, dict) else {}
    return said, said.get(seat.form.key, section.model_fields[seat.form.key].default)


def _value(data: Any, place: Place) -> Any:
    """Return what unvalidated data has at a place, None if nothing; what is no list counts as a list of one."""
    for key in place:
        if isinstance(key, str):
            data = data.get(key) if isinstance(data, dict) else None
        elif isinstance(data, list):
            data = data[key] if key < len(data) else None
    return data


def known_keys(section: type[Section], data: dict[str, Any], place: Place = ()) -> Iterator[str]:
    """Yield the dotted name of every key of a section, with the arguments of the files that `data` chooses."""
    names = list(section.model_fields)
    if seat := SECTIONS.get(section):
        names += seat.argument_names(_said(section, seat, data, place)[1])
    yield from (".".join(map(str, (*place, name))) for name in names)
    for name, info in section.model_fields.items():
        for kind, container in _sections(info.annotation):
            for item in _items(_value(data, (*place, name)), container):
                yield from known_keys(kind, data, (*place, name, *item))


def _items(value: Any, container: type | None) -> list[Place]:
    """Return the places of sections below unvalidated data that stands for one, or for a list or a dict of them."""
    if container is None:
        return [()]
    if container is dict:
        return [(key,) for key in value] if isinstance(value, dict) else []
    return [(index,) for index in range(len(value) if isinstance(value, list) else value is not None)]


def _sections(annotation: Any, container: type | None = None) -> Iterator[tuple[type[Section], type | None]]:
    """Yield the sections that a field may be, and of which container: a tuple, a dict, or None."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation, container
    origin = get_origin(annotation)
    for part in get_args(annotation):
        yield from _sections(part, container or (origin if origin in (tuple, dict) else None))
