"""Python and packages of an environment, held against `pyproject.toml` and `constraints.txt`."""

from collections.abc import Iterator, Sequence
from typing import Any

from scripts.health.findings import Finding
from scripts.health.requirements import Requirement, extras, pins, python_range, required

SETUP = "run `make setup`"
FRAMEWORKS = ("lightning", "tf", "tf-gpu", "dev")
"""Extras that are a learner's, or are only for working on the project itself."""


def environment(probe: dict[str, Any], name: str, own: Sequence[str], is_main: bool) -> Iterator[Finding]:
    """Python and packages of one environment, called `name`; `own` are those of its learners.

    What is wrong with the main one keeps every study from training.
    """
    if "version" not in probe:
        yield Finding("fault", name, f"{probe['python']} does not run: {probe['error']}", SETUP, is_main)
        return
    allowed = python_range()
    good = allowed.allows(probe["version"])
    cure = "" if good else f"{SETUP} with PYTHON=python3.12, or another of {allowed.range}"
    text = f"{probe['version']}, {probe['python']}"
    yield Finding("ok" if good else "fault", name, text if good else f"{text}: needs {allowed.range}", cure, not good)
    asked = [*required(), *_of_learners(probe["packages"], own)]
    missing = [one.name for one in asked if one.name not in probe["packages"]]
    absent = missing or probe["absent"]
    if absent:
        text = f"not installed: {', '.join(missing)}" if missing else f"installed, but broken: {', '.join(absent)}"
        yield Finding("fault", "packages", text, SETUP, is_main)
    yield from _ranges(probe["packages"], asked, not absent)


def _of_learners(found: dict[str, str], own: Sequence[str]) -> list[Requirement]:
    """The ranges of those packages of learners that are installed: one that is not is a fault of its learner."""
    known = {one.name: one for lines in extras().values() for one in lines}
    return [known[name] for name in own if name in known and name in found]


def _ranges(found: dict[str, str], asked: Sequence[Requirement], complete: bool) -> Iterator[Finding]:
    wrong = _out_of_range(found, asked)
    if wrong:
        yield Finding("fault", "packages", f"out of range: {wrong}", SETUP)
    elif complete:
        yield Finding("ok", "packages", f"{len(asked)}, each in its range of pyproject.toml")
    tested = pins()
    others = [
        one.name for one in asked if one.name in found and _differs(found[one.name], tested.get(one.name.lower()))
    ]
    if others:
        listed = ", ".join(f"{name} {found[name]} ({tested[name.lower()]})" for name in others)
        cure = "only if results differ: pip install --constraint constraints.txt"
        yield Finding("warning", "versions", f"other than the tested ones: {listed}", cure)


def _differs(version: str, pin: str | None) -> bool:
    return pin is not None and version.partition("+")[0] != pin.partition("+")[0]


def _out_of_range(found: dict[str, str], asked: Sequence[Requirement]) -> str:
    wrong = [one for one in asked if one.name in found and not one.allows(found[one.name])]
    return ", ".join(f"{one.name} {found[one.name]} (needs {one.range})" for one in wrong)


def optional(found: dict[str, str]) -> Iterator[Finding]:
    """TensorBoard, and the extras that add something to what every study has."""
    board = [one for one in required() if one.name == "tensorboard"]
    more = {extra: asked for extra, asked in extras().items() if extra not in FRAMEWORKS}
    for extra, asked in {"tensorboard": board, **more}.items():
        missing = [one.name for one in asked if one.name not in found]
        cure = f"pip install --constraint constraints.txt --editable '.[{extra}]'"
        if wrong := _out_of_range(found, asked):
            yield Finding("warning", extra, f"out of range: {wrong}", cure)
        elif missing and extra != "tensorboard":
            yield Finding("ok", extra, f"{', '.join(missing)} not installed; for a study that needs it: {cure}")
        elif not missing:
            yield Finding("ok", extra, ", ".join(f"{one.name} {found[one.name]}" for one in asked))
