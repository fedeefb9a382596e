"""Calls as the source of a TorchScript function, which torch's own interpreter runs without Python and its lock."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor

from lightning_mods.engine.traced.private_names import schema
from lightning_mods.engine.traced.writing import Call

_CODES = {
    torch.strided: 0,
    torch.contiguous_format: 0,
    torch.preserve_format: 1,
    torch.channels_last: 2,
    torch.channels_last_3d: 3,
}


class Lines:
    """The body of a function of two lists of tensors: those that stay `still`, and those in `moving` memory."""

    def __init__(self, calls: Sequence[Call], moving: Collection[int] = ()) -> None:
        """Of `calls`, a line or a few for each; memory is known by its address."""
        self.still: list[Tensor] = []
        self.moving: list[Tensor] = []
        self.memory = moving
        self.names: dict[int, str] = {}
        self.several = 0
        self.lines = [line for call in calls for line in self._lines(call)]

    def function(self, name: str) -> str:
        """The source of the function."""
        head = f"def {name}(still: List[Tensor], moving: List[Tensor]):"
        lists = (("still", self.still), ("moving", self.moving))
        # A lookup in a list takes about a tenth of an operation on small tensors, and an operation would need three.
        unpacked = [_unpacked(one, len(tensors)) for one, tensors in lists if tensors]
        return "\n    ".join([head, *unpacked, *(self.lines or ["pass"])]) + "\n"

    def _lines(self, call: Call) -> list[str]:
        known = schema(call.operation)
        types = {one.name: str(one.type) for one in known.arguments}
        given = [self._literal(value, kind) for value, kind in zip(call.arguments, types.values(), strict=False)]
        named = [f"{name}={self._literal(value, types[name])}" for name, value in call.options.items()]
        line = f"torch.ops.{known.name.replace('::', '.')}({', '.join(given + named)})"
        if call.place is None:
            return [line]
        if isinstance(call.place, Tensor):
            return [f"torch.ops.aten.copy_({self._literal(call.place, 'Tensor')}, {line})"]
        self.several += 1  # a name in a script has one type
        results = f"several_{self.several}"
        copied = [(index, place) for index, place in enumerate(call.place) if place is not None]
        copies = [
            f"torch.ops.aten.copy_({self._literal(place, 'Tensor')}, {results}[{index}])" for index, place in copied
        ]
        return [f"{results} = {line}", *copies]

    def _literal(self, value: Any, kind: str) -> str:
        if isinstance(value, Tensor):
            if id(value) not in self.names:
                moves = value.untyped_storage().data_ptr() in self.memory
                name, tensors = ("moving", self.moving) if moves else ("still", self.still)
                self.names[id(value)] = f"{name}_{len(tensors)}"
                tensors.append(value)
            return self.names[id(value)]
        if isinstance(value, list | tuple):
            text = f"[{', '.join(self._literal(item, kind.split('[')[0]) for item in value)}]"
            return f"torch.jit.annotate({kind}, {text})" if kind == "List[Optional[Tensor]]" else text
        if isinstance(value, torch.dtype):
            return str(_code(value))
        if isinstance(value, torch.device):
            return f'torch.device("{value}")'
        if isinstance(value, torch.layout | torch.memory_format):
            return str(_CODES[value])
        if isinstance(value, float) or (isinstance(value, int) and kind.startswith("float")):
            return f'float("{float(value)!r}")'
        return repr(value)


def _unpacked(name: str, count: int) -> str:
    """A line that gives a name to each of the `count` tensors of a list."""
    return f"{', '.join(f'{name}_{index}' for index in range(count))}, = {name}"


@cache
def compiled(source: str) -> torch.jit.CompilationUnit:
    """The functions of `source`, to be called by `played`."""
    return torch.jit.CompilationUnit(source)


def played(function: Any, *arguments: Any) -> Any:
    """Call a function of `compiled` without torch's optimising passes, which take longer than they save."""
    with torch.jit.optimized_execution(False):
        return function(*arguments)


@cache
def _code(dtype: torch.dtype) -> int:
    """The integer code of `dtype` in a script."""
    return compiled("def code(t: Tensor) -> int:\n    return t.dtype\n").code(torch.empty(0, dtype=dtype))
