"""Arguments that have no effect without another one: `NEEDS = {"nesterov": "momentum"}` in a file of a seat."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError, model_validator
from pydantic_core import InitErrorDetails

from configs.loading.problems import shown
from configs.seats.signatures import read_optional
from configs.types import Section


def needs_of(path: Path, arguments: Mapping[str, object]) -> dict[str, str]:
    """Return the `NEEDS` of the file at `path`: argument -> the argument without which it has no effect.

    Raises:
        ValueError: it is no dict of names of `arguments`; the message says at which line.
    """
    needs, place = read_optional(path, "NEEDS", {})
    said = [*needs, *needs.values()] if isinstance(needs, dict) else [needs]
    if wrong := next((name for name in said if name not in arguments), None):
        raise ValueError(
            f'{place}: NEEDS must be like {{"nesterov": "momentum"}}, arguments of the file; not {wrong!r}'
        )
    return dict(needs)


def check_of(needs: Mapping[str, str]) -> dict[str, Any]:
    """Return the validators of a model whose arguments have these `needs`."""

    def _checked(arguments: Section) -> Section:
        for name, other in needs.items():
            if (value := getattr(arguments, name)) and not (off := getattr(arguments, other)):
                cause = {"error": ValueError(f"has no effect while {other} is {shown(off)}: set {other}, too")}
                details = InitErrorDetails(type="value_error", loc=(name,), input=value, ctx=cause)
                raise ValidationError.from_exception_data("Arguments", [details])
        return arguments

    return {"needs": model_validator(mode="after")(_checked)} if needs else {}
