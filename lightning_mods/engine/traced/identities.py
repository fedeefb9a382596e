"""Removal of identities from a trace: operations that return the values of their input."""

from typing import Any

from torch import Tensor, fx

from lightning_mods.engine.traced.nodes import is_pointwise, owner, writes
from lightning_mods.engine.traced.private_names import UNSAFE_VIEW, aten

# What a trace records of bookkeeping: the values pass through.
_PASSES_ON = {aten.detach.default, aten.alias.default, aten.lift_fresh.default}
_RESHAPES = {aten.view.default, UNSAFE_VIEW, aten.expand.default, aten.permute.default}
_PERMUTES = {aten.transpose.int, aten.permute.default}


def drop_identities(graph: fx.Graph) -> None:
    """Remove operations whose output can be replaced by their input for all operations that read it."""
    written = {owner(node) for node in graph.nodes if writes(node)}
    for node in list(graph.nodes):
        source = _identity_of(node, written)
        if source is not None:
            for user in node.replace_all_uses_with(source):
                if user.target is aten.view.default:
                    user.meta["val"] = source.meta["val"].view(user.args[1])
            graph.erase_node(node)


def _identity_of(node: fx.Node, written: set[fx.Node]) -> fx.Node | None:
    source = node.args[0] if node.args and isinstance(node.args[0], fx.Node) else None
    if node.op != "call_function" or source is None:
        return None
    if node.target in _PASSES_ON:
        return source
    if node.target is aten.mul.Scalar and node.args[1] == 1 and not {node, owner(source)} & written:
        return source if _alike(node, source) or _is_read_alike(node, source) else None
    if node.target in _RESHAPES and _alike(node, source):
        return source
    twice = node.target in _PERMUTES and source.target in _PERMUTES
    return source.all_input_nodes[0] if twice and _alike(node, source.all_input_nodes[0]) else None


def _is_read_alike(node: fx.Node, source: fx.Node) -> bool:
    """Whether the readers of `node` can read `source` instead: equal values with other strides (a broadcast bias).

    Elementwise operations can; a view can if `source` has such a view.
    """
    if node.meta["val"].dtype != source.meta["val"].dtype:
        return False
    views = [user for user in node.users if user.target is aten.view.default]
    readers = {reader for view in views for reader in view.users} | (set(node.users) - set(views))
    return all(map(is_pointwise, readers)) and all(_views(source, view.args[1]) for view in views)


def _views(node: fx.Node, shape: Any) -> bool:
    try:
        node.meta["val"].view(shape)
    except RuntimeError:
        return False
    return True


def _alike(one: fx.Node, other: Any) -> bool:
    a, b = one.meta.get("val"), other.meta.get("val")
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return False
    return a.shape == b.shape and a.stride() == b.stride() and a.dtype == b.dtype
