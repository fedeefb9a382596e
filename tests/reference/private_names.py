"""Private names of the frameworks in the source of the rooms, found as text: nothing is imported."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from twins import ROOMS, ROOT

FILE = "private_names.py"
"""The name of the files that may use them."""
PLACES = [*(f"{room}/**/*.py" for room in ROOMS), "datamodules/*.py", "benchmarks/cases/*.py"]
_TUPLE = ("_asdict", "_fields", "_make", "_replace")
_PRIVATE = re.compile(r"_[a-zA-Z]\w*")
_INSIDE = re.compile(r"(^|\.)_[a-zA-Z]|^keras\.src(\.|$)|^tensorflow\.python(\.|$)")


def sources(*rooms: str) -> dict[Path, ast.Module]:
    """The code of the files that know a framework, or of `rooms`, by path."""
    places = [f"{room}/**/*.py" for room in rooms] or PLACES
    paths = (path for place in places for path in sorted(ROOT.glob(place)))
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def own_names(trees: dict[Path, ast.Module]) -> set[str]:
    """Private names that the code itself gives: to functions, classes, arguments, variables and attributes."""
    return {name for path, tree in trees.items() if path.name != FILE for name in _given(tree)} | {*_TUPLE}


def _given(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr


def foreign(tree: ast.Module, own: set[str]) -> Iterator[str]:
    """Uses of private names that are not `own`: imports, attributes, and texts that are nothing but such a name."""
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names if _INSIDE.search(one.name)]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{one.name}" for one in node.names if _INSIDE.search(f"{node.module}.{one.name}")]
        elif isinstance(node, ast.Attribute) and node.attr not in own:
            names = [ast.unparse(node)] if _PRIVATE.fullmatch(node.attr) else []
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            names = [node.value] if _PRIVATE.fullmatch(node.value) and node.value not in own else []
        yield from (f"line {node.lineno}: {name}" for name in names)
