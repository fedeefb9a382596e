"""Validation messages: pydantic errors as sentences with the bound, the received value and a suggestion."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, cast, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

BUILT_IN = frozenset(get_args(ErrorType))
"""Types of problems that pydantic has a message for."""
Place = tuple[int | str, ...]

# One sentence for each type of error, `{...}` from its context; a type that is not here keeps pydantic's message.
SENTENCES = {
    "bool_type": "must be true or false",
    "dict_type": "must be keys and values, like {{zip: categorical}}",
    "expected": "{sentence}",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "greater_than": "must be > {gt}",
    "greater_than_equal": "must be >= {ge}",
    "int_type": "must be an integer",
    "less_than": "must be < {lt}",
    "literal_error": "must be {expected}",
    "missing": "must be given, it has no default",
    "model_type": "must be a section of keys and values",
    "string_pattern_mismatch": "must be a letter or digit, then letters, digits, '_', '.' or '-'",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must not be empty",
    "string_type": "must be text (quotes make it text)",
    "tuple_type": "must be a list, like [64, 64]",
}


def sentence(error: ErrorDetails) -> str:
    """Return the message of an invalid value, e.g. `must be > 0, received -1`."""
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if kind == "value_error":
        return str(context["error"])
    numbers = {name: f"{bound:g}" if isinstance(bound, float) else bound for name, bound in context.items()}
    text = SENTENCES[kind].format(**numbers) if kind in SENTENCES else error["msg"]
    if kind == "missing":
        return text
    choices = context.get("choices") or re.findall(r"'(.+?)'", str(context.get("expected", "")))
    return f"{text}, received {shown(value)}" + _meant(value, choices)


def problem_line(origin: str, place: Place, text: str) -> str:
    """Return one problem as `origin: place: sentence`, without the place where the origin contains it."""
    named = origin.startswith(f"override {dotted(place)}")
    return f"{origin}: {text}" if named or not place else f"{origin}: {dotted(place)}: {text}"


def joined(errors: Sequence[ValidationError]) -> ValidationError:
    """Return one error with the problems of all of them."""
    details = [
        InitErrorDetails(type=_kind(one), loc=one["loc"], input=one["input"], ctx=one.get("ctx", {}))
        for error in errors
        for one in error.errors()
    ]
    return ValidationError.from_exception_data(errors[0].title, details)


def _kind(details: ErrorDetails) -> str | PydanticCustomError:
    """Return the type of a problem; one of our own has its message and its context in it."""
    if details["type"] in BUILT_IN:
        return details["type"]
    return PydanticCustomError(cast(Any, details["type"]), cast(Any, details["msg"]), details.get("ctx"))


def unknown_key(place: Place, known: Iterable[str], owners: str = "") -> str:
    """Return the message of an unknown key; `known` are the dotted names of all keys, sections included.

    `owners` are the files of which it is an argument, if others are chosen: `optimizer 'sgd'`. Without them a key of
    the same section is suggested by its own name, one of another section by its dotted name.
    """
    *parents, key = map(str, place)
    known, section = list(known), ".".join(parents)
    siblings = [name.rpartition(".")[2] for name in known if name.rpartition(".")[0] == section]
    homes: dict[str, list[str]] = {}
    for name in known:
        homes.setdefault(name.rpartition(".")[2], []).append(name)
    close = close_match(key, siblings)
    meant = homes.get(key) or ([close] if close else homes.get(close_match(key, homes) or "", []))
    named = [f"'{name}'" + " at the top level" * bool(section and "." not in name) for name in meant]
    if meant == [close]:
        named = [f"'{close}'"]
    meaning = f", which belongs to {owners}" if owners else _asked(named)
    if section == "search" and "." in key and key in known:
        meaning = f"; did you mean 'search.space.{key}'?"
    return f"unknown key '{key}'{meaning} (known: {', '.join(siblings)})"


def question(meant: str | None, known: Iterable[str]) -> str:
    """Return the end of a message on an unknown name: `; did you mean 'seed'? (known: name, seed)`."""
    return _asked([f"'{meant}'"] if meant else []) + f" (known: {', '.join(known)})"


def close_match(name: object, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar to `name`, ignoring case, if any is."""
    names = {one.casefold(): one for one in known}
    return next((names[match] for match in get_close_matches(str(name).casefold(), list(names), n=1)), None)


def _asked(named: Sequence[str]) -> str:
    return f"; did you mean {' or '.join(named)}?" if named else ""


def shown(value: object) -> str:
    """Return a value as YAML, at most 60 characters."""
    words = {"None": "null", "True": "true", "False": "false"}
    text = " ".join(repr(value).split())
    text = words.get(text, text)
    return text if len(text) <= 60 else f"{text[:57]}..."


def dotted(place: Place) -> str:
    """Return a place in the notation of overrides: `model.hidden[1]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def _meant(value: object, choices: Iterable[str]) -> str:
    """Return a question about the first unknown name in `value`, one name or a list of them."""
    choices = list(choices)
    for name in value if isinstance(value, list | tuple) else [value]:
        if isinstance(name, str) and name not in choices and (meant := close_match(name, choices)):
            return f"; did you mean '{meant}'?"
    return ""
