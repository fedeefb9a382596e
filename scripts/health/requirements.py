"""The packages and the versions that the project asks for: `pyproject.toml` and `constraints.txt`.

`packaging` would read them, and may itself be missing from a broken environment.
"""

import operator
import re
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[2]
_COMPARED = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_FORM = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*([^;]*)(?:;\s*sys_platform\s*([!=]=)\s*'(\w+)')?")


class Requirement(NamedTuple):
    """A distribution by `name` with its range, like `>=2.1,<3`."""

    name: str
    range: str

    def allows(self, version: str) -> bool:
        """Whether `version` is in the range; of a version only the numbers of the release count."""
        for condition in filter(None, self.range.split(",")):
            sign, bound = re.fullmatch(r"([<>=!]+)\s*(.+)", condition.strip()).groups()  # type: ignore[union-attr]
            one, other = release(version), release(bound)
            length = max(len(one), len(other))
            padded = ((*part, *[0] * (length - len(part))) for part in (one, other))
            if not _COMPARED[sign](*padded):
                return False
        return True


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version: `2.13.0+cpu` -> (2, 13, 0)."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()


def python_range() -> Requirement:
    """The Pythons that the project runs on."""
    return Requirement("Python", _project()["requires-python"])


def required() -> list[Requirement]:
    """What every environment of the project has to have."""
    return _parsed(_project()["dependencies"])


def extras() -> dict[str, list[Requirement]]:
    """What each extra adds, by its name."""
    return {name: _parsed(lines) for name, lines in _project()["optional-dependencies"].items()}


def pins() -> dict[str, str]:
    """The versions that the tests ran with, by lower-case name; none where `constraints.txt` is not there."""
    path = PROJECT / "constraints.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    pairs = (line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    return {name.lower(): version for name, version in pairs}


def _project() -> dict:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _parsed(lines: list[str]) -> list[Requirement]:
    """The requirements of this platform."""
    found = []
    for name, bounds, sign, platform in (_FORM.fullmatch(line).groups() for line in lines):  # type: ignore[union-attr]
        if sign is None or (sys.platform == platform) == (sign == "=="):
            found.append(Requirement(name, bounds.strip()))
    return found
