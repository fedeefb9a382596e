"""The import contracts of pyproject.toml, for the rooms that are there: import-linter refuses a name it cannot find."""

import json
import tomllib
from pathlib import Path
from typing import Any

LISTS = ("root_packages", "source_modules", "layers")


def contracts(project: Path, missing: set[str]) -> str:
    """`[tool.importlinter]` of a project as TOML, without the packages that are `missing`."""
    told = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["importlinter"]
    rules = [_left(one, missing) for one in told.pop("contracts")]
    tables = [("[tool.importlinter]", _left(told, missing))]
    tables += [("[[tool.importlinter.contracts]]", one) for one in rules if one.get("source_modules", True)]
    lines = [[head, *(f"{key} = {json.dumps(value)}" for key, value in table.items())] for head, table in tables]
    return "\n".join(line for table in lines for line in table)


def _left(table: dict[str, Any], missing: set[str]) -> dict[str, Any]:
    left = {key: [_there(name, missing) for name in value] for key, value in table.items() if key in LISTS}
    return table | {key: [name for name in names if name] for key, names in left.items()}


def _there(layer: str, missing: set[str]) -> str:
    """A name, or names of one layer with bars between them, without the `missing` ones."""
    return " | ".join(name for name in layer.split(" | ") if name not in missing)
