"""Reads the two framework rooms as text, in one vocabulary, so that they can be compared without importing either."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("lightning_mods", "tf_models")

# What a type of a framework stands for. The longer names come first.
TYPES = {
    "lightning_mods": {
        "torch.nn.Parameter": "Weights",
        "torch.Tensor": "Weights",
        "torch.dtype": "DType",
        "torch.float32": "float32",
        "nn.Module": "Net",
        "FoldModule": "Folds",
        "PredictingModule": "Predicting",
        "ScheduledModule": "Scheduled",
    },
    "tf_models": {
        "tf.Tensor": "Tensor",
        "keras.Variable": "Weights",
        "tf.DType": "DType",
        "tf.float32": "float32",
        "keras.layers.Layer": "Net",
        "keras.callbacks.Callback": "Callback",
        "keras.Model": "Net",
        "FoldModel": "Folds",
        "PredictingModel": "Predicting",
        "ScheduledModel": "Scheduled",
    },
}

# Methods whose name and arguments the framework dictates, and what the other calls them.
HOOKS = {
    "forward": "call",
    "training_step": "train_step",
    "validation_step": "test_step",
    "predict_step": "predict_step",
    "update": "update_state",
    "compute": "result",
    "on_train_epoch_start": "on_epoch_begin",
    "on_train_epoch_end": "on_epoch_end",
    "on_train_start": "on_train_begin",
}


class Entry(NamedTuple):
    """A file, function, class, method or constant: its signature in common words, and its first docstring line."""

    signature: str
    doc: str


def files(room: str) -> set[str]:
    """Python files of a room, by path in it."""
    return {path.relative_to(ROOT / room).as_posix() for path in (ROOT / room).rglob("*.py")}


def entries(room: str, file: str) -> dict[str, Entry]:
    """What a file offers, by dotted name; the file itself is called `file`."""
    tree = ast.parse((ROOT / room / file).read_text())
    return {"file": Entry("", _doc(tree))} | dict(_walk(room, tree.body, ""))


def _walk(room: str, body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, Entry]]:
    for node in body:
        if isinstance(node, ast.FunctionDef) and _public(node.name) and not _is_setter(node):
            hook = HOOKS.get(node.name, node.name) if prefix else node.name
            signature = "hook" if prefix and hook in HOOKS.values() else _signature(room, node)
            yield prefix + hook, Entry(signature, _doc(node))
        elif isinstance(node, ast.ClassDef) and _public(node.name):
            name = _common(room, node.name)
            yield prefix + name, Entry("class", _doc(node))
            yield from _walk(room, node.body, f"{prefix}{name}.")
        elif isinstance(node, ast.AnnAssign) and _public(ast.unparse(node.target)):
            yield prefix + ast.unparse(node.target), Entry(_common(room, ast.unparse(node.annotation)), "")
        elif isinstance(node, ast.Assign):
            yield from ((prefix + name, Entry("", "")) for name in map(ast.unparse, node.targets) if _public(name))


def _is_setter(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(decorator).endswith(".setter") for decorator in function.decorator_list)


def _signature(room: str, function: ast.FunctionDef) -> str:
    """Names, annotations and defaults; without the `**layer` that every Keras layer passes on, e.g. its name."""
    arguments = function.args
    if arguments.kwarg is not None and arguments.kwarg.arg == "layer":
        arguments.kwarg = None
    returns = ast.unparse(function.returns) if function.returns else "nothing"
    return _common(room, f"({ast.unparse(arguments)}) -> {returns}")


def _doc(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> str:
    return (ast.get_docstring(node) or "").split("\n")[0]


def _public(name: str) -> bool:
    return name in ("__init__", "__call__") or not name.startswith("_")


def _common(room: str, text: str) -> str:
    for word, common in TYPES[room].items():
        text = text.replace(word, common)
    return text
