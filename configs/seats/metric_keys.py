"""The key of a metric with its arguments: how results, tags and tables call it, as `top_k_accuracy(k=5)`."""

import ast
from collections.abc import Mapping
from typing import Any


def metric_key(name: str, arguments: Mapping[str, Any]) -> str:
    """Name and arguments as one text; the name alone without arguments: `auroc`, `top_k_accuracy(k=5)`."""
    given = ", ".join(f"{argument}={value!r}" for argument, value in sorted(arguments.items()))
    return f"{name}({given})" if given else name


def read_key(key: str) -> tuple[str, dict[str, Any]]:
    """The name and the arguments of a key; a text that is none is a name without arguments."""
    try:
        node = ast.parse(key, mode="eval").body
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args:
            given = {one.arg: ast.literal_eval(one.value) for one in node.keywords if one.arg}
            return (node.func.id, given) if len(given) == len(node.keywords) else (key, {})
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    return key, {}
