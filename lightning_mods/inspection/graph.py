"""The operations of one member, for TensorBoard's graphs tab."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lightning_mods.private_names import TorchDispatchMode
from reporting.board.graph import Node, unused


def member_graph(net: nn.Module, inputs: int) -> list[Node]:
    """The operations on one row of `inputs` columns in training, with dropout, each with its scope."""
    row = torch.zeros(1, inputs, dtype=next(net.parameters()).dtype)
    recorder = _Recorder(row, net)
    with torch.no_grad(), _scopes(net, recorder.path), recorder:
        outputs = net(row)
    return [*recorder.nodes, Node("outputs", "Identity", (recorder.names[id(outputs)],), tuple(outputs.shape))]


class _Recorder(TorchDispatchMode):
    """Records every operation on tensors, under the path of the layer that calls it."""

    def __init__(self, row: Tensor, net: nn.Module) -> None:
        """Start from the input `row`, `(1, inputs)`."""
        super().__init__()
        self.path: list[str] = []
        self.nodes = [Node("inputs", "Placeholder", (), tuple(row.shape))]
        self.names = {id(row): "inputs"}
        self.parameters = {id(tensor): _scope(path) for path, tensor in net.named_parameters()}
        self.taken = {"inputs", "outputs"}
        self.alive: list[Tensor] = []

    def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), options: Any = None) -> Any:
        """Run the operation, and add it to the nodes."""
        result = function(*arguments, **(options or {}))
        sources = tuple(self._name(one) for one in tensors_in(arguments))
        name, outputs = function.overloadpacket.__name__.rstrip("_"), list(tensors_in([result]))
        node = Node(unused("/".join([*self.path[-1:], name]), self.taken), name, sources, _shape_of(outputs))
        self.nodes.append(node)
        self.names |= {id(one): node.name for one in outputs}
        self.alive += outputs  # the id of a deleted tensor may be given to another one
        return result

    def _name(self, tensor: Tensor) -> str:
        if id(tensor) not in self.names:
            name = self.parameters.get(id(tensor))
            op = "Variable" if name else "Const"
            node = Node(unused(name or "constant", self.taken), op, (), tuple(tensor.shape))
            self.nodes.append(node)
            self.names[id(tensor)] = node.name
            self.alive.append(tensor)
        return self.names[id(tensor)]


@contextmanager
def _scopes(net: nn.Module, path: list[str]) -> Iterator[None]:
    """Keep in `path` the layers of `net` whose forward pass is running, the innermost last."""
    hooks = []
    for name, layer in net.named_modules():
        if name:
            hooks.append(layer.register_forward_pre_hook(lambda *_, name=name: path.append(_scope(name))))
            hooks.append(layer.register_forward_hook(lambda *_: path.pop() and None))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _scope(path: str) -> str:
    """`encoder.blocks.0.norm` -> `encoder/blocks.0/norm`: the number of a list belongs to its name."""
    return re.sub(r"\.(?!\d)", "/", path)


def tensors_in(values: Iterable[Any]) -> Iterator[Tensor]:
    """All tensors in nested lists and tuples."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from tensors_in(value)


def _shape_of(outputs: list[Tensor]) -> tuple[int, ...]:
    """Shape of the first one, `()` without one."""
    return tuple(outputs[0].shape) if outputs else ()
