"""A function as a flat list of tensor operations: traced once, without autograd, vmap and idle operations."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, fx
from torch._guards import TracingContext, tracing
from torch._subclasses import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx

aten = torch.ops.aten

# What a trace records of bookkeeping: the values pass through.
_PASSES_ON = {aten.detach.default, aten.alias.default, aten.lift_fresh_copy.default}
_RESHAPES = {aten.view.default, aten._unsafe_view.default, aten.expand.default, aten._to_copy.default}


def trace(function: Callable[..., Sequence[Tensor]], arguments: Sequence[Tensor]) -> fx.GraphModule:
    """`function` as operations for `arguments` of these shapes; raises whatever it does with data-dependent control."""
    # Without a mode of its own make_fx makes one for each value, which takes half of its time.
    with tracing(TracingContext(FakeTensorMode())):
        graph_module = make_fx(function)(*arguments)
    drop_identities(graph_module.graph)
    graph_module.graph.eliminate_dead_code()
    graph_module.recompile()
    return graph_module


def drop_identities(graph: fx.Graph) -> None:
    """Remove operations that give back what they were given, with the same shape, strides and dtype."""
    for node in list(graph.nodes):
        source = _identity_of(node)
        if source is not None:
            node.replace_all_uses_with(source)
            graph.erase_node(node)


def _identity_of(node: fx.Node) -> fx.Node | None:
    source = node.args[0] if node.args and isinstance(node.args[0], fx.Node) else None
    if node.op != "call_function" or source is None:
        return None
    if node.target in _PASSES_ON or (node.target is aten.mul.Scalar and node.args[1] == 1):
        return source
    if node.target in _RESHAPES and _alike(node, source):
        return source
    twice = node.target is aten.transpose.int and source.target is aten.transpose.int
    return source.args[0] if twice and _alike(node, source.args[0]) else None


def _alike(one: fx.Node, other: Any) -> bool:
    a, b = one.meta.get("val"), other.meta.get("val")
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return False
    return a.shape == b.shape and a.stride() == b.stride() and a.dtype == b.dtype and a.device == b.device


def is_view(node: fx.Node) -> bool:
    """Whether what `node` gives is the memory of its input, seen in another way."""
    if not isinstance(node.target, torch._ops.OpOverload):
        return node.op == "call_function"  # an item of several
    return node.target.is_view or node.target is aten._unsafe_view.default


def with_everyone(graph_module: fx.GraphModule, mask: str) -> fx.GraphModule:
    """The same for a placeholder `mask` that is true everywhere: `where(mask, new, old)` is `new`."""
    graph = fx.Graph()
    graph.output(graph.graph_copy(graph_module.graph, {}))
    (placeholder,) = [node for node in graph.nodes if node.op == "placeholder" and node.target == mask]
    views = {placeholder}
    for node in list(graph.nodes):
        if is_view(node) and node.args[0] in views:
            views.add(node)
        elif node.target is aten.where.self and node.args[0] in views:
            node.replace_all_uses_with(node.args[1])
    graph.eliminate_dead_code()
    return fx.GraphModule(graph_module, graph)
