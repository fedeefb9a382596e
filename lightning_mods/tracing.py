"""A step as a flat list of tensor operations: traced once, replayed without autograd, vmap and idle views."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, fx
from torch.fx.experimental.proxy_tensor import make_fx

aten = torch.ops.aten

# What a trace records of bookkeeping: the values pass through.
_PASSES_ON = {aten.detach.default, aten.alias.default, aten.lift_fresh_copy.default}
_RESHAPES = {aten.view.default, aten._unsafe_view.default, aten.expand.default, aten._to_copy.default}

# Calls through torch.ops cost about two microseconds more than the same function of the torch module.
_SAME_IN_TORCH = (
    *("abs", "add", "addcmul", "amax", "atan", "binary_cross_entropy_with_logits", "bitwise_and", "bitwise_or"),
    *("bitwise_xor", "bmm", "cat", "clamp_min", "div", "erf", "exp", "expm1", "ge", "gt", "le", "lerp", "log", "log1p"),
    *("lt", "maximum", "minimum", "mul", "neg", "pow", "reciprocal", "relu", "rsub", "select", "sigmoid"),
    *("split_with_sizes", "sqrt", "square", "sub", "sum", "tanh", "transpose", "unsqueeze", "where"),
)


def trace(function: Callable[..., Any], arguments: Sequence[Any]) -> fx.GraphModule:
    """`function` as operations for `arguments` of these shapes; raises whatever it does with data-dependent control."""
    graph_module = make_fx(function)(*arguments)
    drop_identities(graph_module.graph)
    graph_module.graph.eliminate_dead_code()
    call_torch_directly(graph_module.graph)
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


def call_torch_directly(graph: fx.Graph) -> None:
    """Call `torch.mul` for `torch.ops.aten.mul.Tensor`, and so on, where both are the same function."""
    direct: dict[str, Callable[..., Any]] = {name: getattr(torch, name) for name in _SAME_IN_TORCH}
    direct |= {"view": Tensor.view, "expand": Tensor.expand, "__rshift__": operator.rshift}
    for node in graph.nodes:
        if node.op == "call_function" and isinstance(node.target, torch._ops.OpOverload):
            name = node.target._schema.name.removeprefix("aten::")
            node.target = direct.get(name, node.target)
