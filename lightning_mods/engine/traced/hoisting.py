"""Hoisting: what does not depend on the weights, such as dropout masks, is computed ahead for many steps at once."""

from collections.abc import Collection

from torch import Tensor, fx

from lightning_mods.engine.traced.nodes import is_view, owner, writes
from lightning_mods.engine.traced.tracing import Trace


def hoist(step: Trace, moving: Collection[str]) -> tuple[Trace, Trace]:
    """Split a step at what depends on the placeholders `moving`, which the step itself changes (the weights).

    The first part takes the other placeholders and gives all values that the second needs of it; the second takes all
    placeholders and then these values, and gives what the step gives.
    """
    nodes = list(step.graph.nodes)
    written = {owner(node) for node in nodes if writes(node)}
    given = {node for node in step.placeholders if node.target not in moving}
    fixed = given - written
    for node in nodes:
        known = node.op == "get_attr" or (node.all_input_nodes and fixed.issuperset(node.all_input_nodes))
        if known and owner(node) not in written and not _is_strided(node):
            fixed.add(node)
    needed = [node for node in nodes if node in fixed and _is_kept(node) and not fixed.issuperset(_readers(node))]
    return step.part(fixed | given, [], needed), step.part(nodes, needed, step.results)


def _is_kept(node: fx.Node) -> bool:
    """Whether `node` makes a tensor: a view costs nothing where it is used."""
    return node.op == "call_function" and not is_view(node) and isinstance(node.meta["val"], Tensor)


def _is_strided(node: fx.Node) -> bool:
    """Whether `node` makes a tensor that is not contiguous, as all are that are handed over."""
    return _is_kept(node) and not node.meta["val"].is_contiguous()


def _readers(node: fx.Node) -> list[fx.Node]:
    """Who reads what `node` gives, be it through views."""
    return [reader for user in node.users for reader in (_readers(user) if is_view(user) else [user])]
