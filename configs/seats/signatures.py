"""Reads the schema of a file from the source of its function. It is never imported: that would load a framework."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from configs.files.places import PROJECT
from configs.types import TYPES

Signature = dict[str, tuple[Any, Any]]


class Form(NamedTuple):
    """The function of a file: its name, its positional parameters, and the one name that no other may have.

    Attributes:
        function: its name; "" is the name of the file.
        positional: all of them, in this order.
        key: the key of the study that chooses the file, which stands beside the arguments.
        some: whether a function takes those of the `positional` that it needs, by their names.
    """

    function: str
    positional: tuple[str, ...]
    key: str
    some: bool = False

    def __str__(self) -> str:
        names = f"some of {', '.join(self.positional)}" if self.some else ", ".join(self.positional)
        return f"{self.function}({names}, *, ...)"

    def of(self, path: Path) -> "Form":
        """Return the form that the file at `path` must have."""
        return self if self.function else self._replace(function=path.stem)

    def fits(self, arguments: ast.arguments) -> bool:
        """Return whether a function has the positional parameters, and none that takes what is left."""
        names = tuple(parameter.arg for parameter in arguments.posonlyargs + arguments.args)
        there = set(names) <= set(self.positional) if self.some else names == self.positional
        return there and not arguments.vararg and not arguments.kwarg


def read_signature(path: Path, form: Form) -> Signature:
    """Return the keyword-only parameters of a function in the file at `path`: name -> (type, default or `...`).

    Raises:
        ValueError: the file has not this form; the message says at which line, and what to write instead.
    """
    try:
        arguments = _find_function(ast.parse(path.read_bytes()), form.of(path)).args
        pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        return {name.arg: (_type(name, form.key), _default(name, value)) for name, value in pairs}
    except SyntaxError as error:
        raise ValueError(f"{_shown(path)}:{error.lineno or 1}: {error.msg}") from None


def read_constants(path: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return the values of module constants in the file at `path`, by name.

    Raises:
        ValueError: one is missing, or is no plain value.
    """
    try:
        found = {name: _literal(value) for name, value in _assigned(ast.parse(path.read_bytes())) if name in names}
        if missing := [name for name in names if name not in found]:
            raise SyntaxError(f"there is no constant {missing[0]}")
    except SyntaxError as error:
        raise ValueError(f"{_shown(path)}:{error.lineno or 1}: {error.msg}") from None
    return {name: found[name] for name in names}


def read_optional(path: Path, name: str, default: Any) -> tuple[Any, str]:
    """Return the value of a module constant in the file at `path`, `default` without it, and its place: `sgd.py:7`.

    Raises:
        ValueError: it is no plain value.
    """
    try:
        found = next((value for known, value in _assigned(ast.parse(path.read_bytes())) if known == name), None)
        return (default, _shown(path)) if found is None else (_literal(found), f"{_shown(path)}:{found.lineno}")
    except SyntaxError as error:
        raise ValueError(f"{_shown(path)}:{error.lineno or 1}: {error.msg}") from None


def read_imports(path: Path) -> dict[str, int]:
    """Return the packages that the file at `path` imports, wherever in it, and their lines; not for type checkers.

    Raises:
        ValueError: the file cannot be parsed.
    """
    try:
        return dict(_imported(ast.parse(path.read_bytes()).body))
    except SyntaxError as error:
        raise ValueError(f"{_shown(path)}:{error.lineno or 1}: {error.msg}") from None


def _imported(body: Sequence[ast.AST]) -> Iterator[tuple[str, int]]:
    """Yield the first part of each imported name, and its line."""
    for node in body:
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                yield from _imported(node.orelse)
            case ast.Import(names=names):
                yield from ((one.name.partition(".")[0], node.lineno) for one in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0], node.lineno
            case _:
                yield from _imported(list(ast.iter_child_nodes(node)))


def _assigned(module: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a module assigns one value to, with what they are given."""
    for node in module.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value


def place_of_default(path: Path, parameter: str, form: Form) -> str:
    """Return where the file at `path`, which has this form, gives a parameter of its function its default."""
    arguments = _find_function(ast.parse(path.read_bytes()), form.of(path)).args
    defaults = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    line = next(value.lineno for name, value in defaults if name.arg == parameter and value is not None)
    return f"{_shown(path)}:{line}"


def _shown(path: Path) -> str:
    """Return a file as it lies in the project, or the end of a path elsewhere."""
    return path.relative_to(PROJECT).as_posix() if path.is_relative_to(PROJECT) else "/".join(path.parts[-3:])


def _find_function(module: ast.Module, form: Form) -> ast.FunctionDef:
    """Return the function of a parsed file that has this form."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name == form.function:
            if not form.fits(node.args):
                raise _refusal(node, f"{form.function} must be {form}: its arguments are named, one by one")
            return node
    raise SyntaxError(f"there is no function {form}")


def read_annotations(path: Path, form: Form) -> dict[str, str]:
    """Return the annotations of the positional parameters of the function in the file at `path`, as they are written.

    Raises:
        ValueError: the file has not this form.
    """
    try:
        arguments = _find_function(ast.parse(path.read_bytes()), form.of(path)).args
    except SyntaxError as error:
        raise ValueError(f"{_shown(path)}:{error.lineno or 1}: {error.msg}") from None
    return {one.arg: ast.unparse(one.annotation) if one.annotation else "" for one in arguments.args}


def _type(parameter: ast.arg, key: str) -> Any:
    """Return the type that a parameter's annotation names; `key` is the name that it may not have."""
    if parameter.arg == key or parameter.arg.startswith("_"):
        raise _refusal(parameter, f"parameter '{parameter.arg}' needs another name: a study could not set it")
    if parameter.annotation is None:
        raise _refusal(parameter, f"parameter '{parameter.arg}' has no type; write one of {', '.join(TYPES)}")
    return _resolve(parameter.annotation)


def _resolve(node: ast.expr) -> Any:
    """Turn an annotation into a type: a name of `TYPES`, a `Literal[...]`, either of them `| None`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in TYPES:
            return TYPES[name]
        case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
            return _resolve(left) | None
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            return Literal[_literal(choices)]
    raise _refusal(
        node, f"type '{ast.unparse(node)}' is unknown here; use {', '.join(TYPES)}, Literal[...], or X | None"
    )


def _default(parameter: ast.arg, value: ast.expr | None) -> Any:
    """Return a parameter's default, `...` where it has none."""
    return ... if value is None else _literal(value)


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise _refusal(
            node, f"'{ast.unparse(node)}' must be a plain value, because this file is read, not run"
        ) from None


def _refusal(node: ast.stmt | ast.expr | ast.arg, message: str) -> SyntaxError:
    """A syntax error with its line, like those of the parser itself."""
    return SyntaxError(message, ("", node.lineno, node.col_offset, None))
