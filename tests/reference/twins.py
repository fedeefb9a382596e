"""Reads the two framework rooms as text, in one vocabulary, so that they can be compared without importing either."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("lightning_mods", "tf_models")

# What a type or a word of a framework stands for. The longer names come first.
VOCABULARY = {
    "lightning_mods": {
        "torch.nn.Parameter": "Weights",
        "torch.Tensor": "Weights",
        "Tensor": "Tensor",
        "torch.dtype": "DType",
        "torch.float32": "float32",
        "nn.Module": "Net",
        "FoldModule": "Folds",
        "LightningModule": "model",
        "Callback": "Callback",
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
    },
}


@dataclass(frozen=True)
class Entry:
    """A public function, class or method: its signature in the common vocabulary, and its first docstring line."""

    signature: str
    doc: str


def files(room: str) -> set[str]:
    """Python files of a room, by path in it."""
    return {path.relative_to(ROOT / room).as_posix() for path in (ROOT / room).rglob("*.py")}


def entries(room: str, file: str) -> dict[str, Entry]:
    """What a file offers, by dotted name; a constant has neither signature nor docstring."""
    tree = ast.parse((ROOT / room / file).read_text())
    return {"": Entry("", _doc(room, tree))} | dict(_walk(room, tree.body, ""))


def _walk(room: str, body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, Entry]]:
    for node in body:
        if isinstance(node, ast.FunctionDef) and _public(node.name):
            yield prefix + node.name, Entry(_signature(room, node), _doc(room, node))
        elif isinstance(node, ast.ClassDef) and _public(node.name):
            name = _translate(room, node.name)
            yield prefix + name, Entry("class", _doc(room, node))
            yield from _walk(room, node.body, f"{prefix}{name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name) and _public(target.id):
                    annotation = _translate(room, ast.unparse(node.annotation)) if isinstance(node, ast.AnnAssign) else ""
                    yield prefix + target.id, Entry(annotation, "")


def _signature(room: str, function: ast.FunctionDef) -> str:
    """Names, annotations and defaults; without the `**layer` that every Keras layer passes on, e.g. its name."""
    arguments = function.args
    if arguments.kwarg is not None and arguments.kwarg.arg == "layer":
        arguments.kwarg = None
    returns = ast.unparse(function.returns) if function.returns else ""
    decorators = ",".join(ast.unparse(decorator) for decorator in function.decorator_list if "no_grad" not in ast.unparse(decorator))
    return _translate(room, f"{decorators}({ast.unparse(arguments)}) -> {returns}")


def _doc(room: str, node: ast.Module | ast.ClassDef | ast.FunctionDef) -> str:
    return _translate(room, (ast.get_docstring(node) or "").split("\n")[0])


def _public(name: str) -> bool:
    return name == "__init__" or name == "__call__" or not name.startswith("_")


def _translate(room: str, text: str) -> str:
    for word, common in VOCABULARY[room].items():
        text = text.replace(word, f"<{common}>")
    return text.replace("<", "").replace(">", "")
