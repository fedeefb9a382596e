"""Schema of a net's arguments, parsed from the source of its `build(...)` without importing a framework."""

import ast
from pathlib import Path
from typing import Any, Literal

from configs.types import TYPES

Signature = dict[str, tuple[Any, Any]]


def read_signature(path: Path) -> Signature:
    """Return the keyword-only parameters of `build` in the file at `path`: name -> (type, default, or `...` for none).

    Raises:
        ValueError: the file cannot be read as a net; the message has the line and the cure.
    """
    try:
        build = _find_build(ast.parse(path.read_bytes()))
        names, defaults = build.args.kwonlyargs, build.args.kw_defaults
        return {name.arg: (_type(name), _default(name, value)) for name, value in zip(names, defaults, strict=True)}
    except SyntaxError as error:
        raise ValueError(f"{_shown(path)}:{error.lineno or 1}: {error.msg}") from None


def place_of_default(path: Path, parameter: str) -> str:
    """Return the place of a default of `build`'s parameter in the file at `path`, a valid net."""
    arguments = _find_build(ast.parse(path.read_bytes())).args
    defaults = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    line = next(value.lineno for name, value in defaults if name.arg == parameter and value is not None)
    return f"{_shown(path)}:{line}"


def _shown(path: Path) -> str:
    """Return a net's path within the project."""
    return "/".join(path.parts[-3:])


def _find_build(module: ast.Module) -> ast.FunctionDef:
    """Return the function `build(inputs, outputs, *, ...)` of a parsed file."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name == "build":
            positional = [parameter.arg for parameter in node.args.posonlyargs + node.args.args]
            if positional != ["inputs", "outputs"] or node.args.vararg or node.args.kwarg:
                raise _refusal(
                    node, "build must be build(inputs, outputs, *, ...): its arguments are named, one by one"
                )
            return node
    raise SyntaxError("there is no function build(inputs, outputs, *, ...)")


def _type(parameter: ast.arg) -> Any:
    """Return the type that a parameter's annotation names."""
    if parameter.arg == "net" or parameter.arg.startswith("_"):
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
