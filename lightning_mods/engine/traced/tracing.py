"""Tracing: a function as a flat list of tensor operations, recorded in one run beneath autograd and vmap."""

import operator
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.fx.node import map_aggregate
from torch.utils.weak import WeakIdKeyDictionary

from lightning_mods.engine.traced.identities import drop_identities
from lightning_mods.engine.traced.private_names import VALUE, aten, schema
from lightning_mods.private_names import TorchDispatchMode


@dataclass(frozen=True)
class Trace:
    """Operations, and the constants among what they take."""

    constants: nn.Module
    graph: fx.Graph

    @property
    def placeholders(self) -> list[fx.Node]:
        """The nodes of the arguments."""
        return [node for node in self.graph.nodes if node.op == "placeholder"]

    @property
    def results(self) -> Sequence[fx.Node]:
        """The nodes of the results."""
        (output,) = (node for node in self.graph.nodes if node.op == "output")
        return output.args[0]

    def part(self, nodes: Collection[fx.Node], given: Sequence[fx.Node], results: Sequence[fx.Node]) -> "Trace":
        """Some `nodes` as a trace of their own: it takes the placeholders among them and then values of `given`."""
        graph = fx.Graph()
        copies = {node: graph.node_copy(node) for node in self.placeholders if node in nodes}
        for node in given:
            copies[node] = graph.placeholder(f"{node.name}_given")
            copies[node].meta = dict(node.meta)
        for node in self.graph.nodes:
            if node in nodes and node not in copies and node.op != "output":
                copies[node] = graph.node_copy(node, copies.__getitem__)
        graph.output(tuple(copies[node] for node in results))
        graph.eliminate_dead_code()
        return Trace(self.constants, graph)

    def __call__(self, *arguments: Tensor) -> Any:
        """Run the operations again, on other arguments."""
        return fx.Interpreter(self.constants, graph=self.graph).run(*arguments)

    def module(self) -> fx.GraphModule:
        """The trace as a module of generated Python code, which takes longer to generate than to run once."""
        return fx.GraphModule(self.constants, self.graph)


def trace(function: Callable[..., Sequence[Tensor]], arguments: Sequence[Tensor]) -> Trace:
    """`function` as operations for `arguments` of these shapes.

    Raises ValueError if it reads a value or writes one to a constant: every replay would repeat those of this run.
    """
    arguments = [argument.clone() for argument in arguments]  # a net may write to what it is given
    recorder = _Recorder(arguments)
    with recorder:
        results = function(*arguments)
    graph = recorder.graph
    graph.output(map_aggregate(tuple(results), recorder.node_of))
    drop_identities(graph)
    graph.eliminate_dead_code()
    return Trace(recorder.root, graph)


class _Recorder(TorchDispatchMode):
    """Records every operation beneath autograd and vmap, with shape, strides and dtype of its result.

    `make_fx` does the same with fake tensors, which takes five times as long as computing them.
    """

    def __init__(self, arguments: Sequence[Tensor]) -> None:
        super().__init__()
        self.root, self.graph = nn.Module(), fx.Graph()
        self.nodes = WeakIdKeyDictionary()
        for index, argument in enumerate(arguments):
            self._know(argument, self.graph.placeholder(f"argument_{index}"))

    def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), options: Any = None) -> Any:
        """Run the operation, and add it to the graph."""
        options = options or {}
        if not any(one in self.nodes for one in _tensors([*arguments, *options.values()])):
            return function(*arguments, **options)  # what is made of constants is a constant
        if function is VALUE:
            cause = "the net looks at a value (.item(), bool(...)), which differs from step to step"
            raise ValueError(f"{cause}; use torch.where, or set training.engine=eager")
        if schema(function).is_mutable and arguments[0] not in self.nodes:
            cause = f"the net writes to a constant ({function}), which would keep what it was given in the first step"
            raise ValueError(f"{cause}; use torch.where or torch.cat, or set training.engine=eager")
        results = function(*arguments, **options)
        if results is None and not schema(function).is_mutable:
            return None  # an assertion
        written = [one for one in schema(function).arguments if one.alias_info and one.alias_info.is_write]
        parts = results if isinstance(results, tuple | list) else [results]
        tensors = all(isinstance(one, Tensor | None) for one in parts)
        if not tensors or (written and (written != schema(function).arguments[:1] or not isinstance(results, Tensor))):
            cause = f"the net's {function} does not give a tensor, or writes to another"
            raise ValueError(f"{cause}; set training.engine=eager")
        given = map_aggregate((tuple(arguments), dict(options)), self.node_of)
        node = self.graph.call_function(_viewing(function), *given)
        self._know(results, node)
        if not isinstance(results, Tensor):
            for index, result in enumerate(results):
                if isinstance(result, Tensor):
                    self._know(result, self.graph.call_function(operator.getitem, (node, index)))
        return results

    def node_of(self, value: Any) -> Any:
        """The node of a tensor; a tensor without one is copied as a constant. Any other value is itself."""
        if not isinstance(value, Tensor):
            return value
        if value in self.nodes:
            return self.nodes[value]
        name = f"constant_{len(dict(self.root.named_buffers()))}"
        self.root.register_buffer(name, value.clone())
        node = self.graph.get_attr(name)
        node.meta["val"] = _kind(value)
        return node

    def _know(self, value: Any, node: fx.Node) -> None:
        node.meta["val"] = map_aggregate(value, _kind)
        if isinstance(value, Tensor):
            self.nodes[value] = node


def taken(operation: Any) -> list[tuple[str, str]]:
    """Names and types of what `operation` takes."""
    return [(one.name, str(one.type)) for one in schema(operation).arguments]


def _viewing(operation: Any) -> Any:
    """The view operation that has the effect of an `operation` that changes a shape in place; any other is itself."""
    if torch.Tag.inplace_view not in operation.tags:
        return operation
    packet = getattr(aten, operation.overloadpacket.__name__.removesuffix("_"), None)
    for overload in [getattr(packet, name) for name in packet.overloads()] if packet else []:
        if overload.is_view and taken(overload) == taken(operation):
            return overload
    raise ValueError(f"the net changes a shape in place ({operation}); set training.engine=eager")


def _kind(value: Any) -> Any:
    """A tensor of the same shape, strides and dtype without memory."""
    if not isinstance(value, Tensor):
        return value
    return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device="meta")


def _tensors(values: Sequence[Any]) -> Iterator[Tensor]:
    """The tensors among the arguments of an operation, in lists or not."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)
