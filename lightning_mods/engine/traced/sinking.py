"""Sinking: what the gradients do not need, such as the loss itself, is computed afterwards for many steps at once."""

from collections.abc import Collection, Iterable

from torch import Tensor, fx

from lightning_mods.engine.traced.nodes import owner, writes
from lightning_mods.engine.traced.tracing import Trace


def sink(step: Trace, moving: Collection[str]) -> tuple[Trace, Trace]:
    """Split a step at what its first result does not depend on; `moving` are the placeholders that change with it.

    The first part takes all placeholders, and gives the first result and all values that the second needs of it; the
    second takes the other placeholders and then these values, and gives the other results.
    """
    first, *others = step.results
    nodes = step.graph.nodes
    given = [node for node in step.placeholders if node.target not in moving]
    written = [node for node in nodes if writes(node)]
    changed = {owner(node) for node in written} | set(step.placeholders).difference(given)
    early = _needed([first, *written, *(node for node in nodes if _reads(node, changed))])
    late = [node for node in nodes if node.op == "call_function" and node not in early]
    constants = [node for node in nodes if node.op == "get_attr"]
    read = dict.fromkeys([*(source for node in late for source in node.all_input_nodes), *others])
    kept = [node for node in read if node not in [*late, *given, *constants]]
    at_once = step.part({*step.placeholders, *early}, [], [first, *kept])
    return at_once, step.part({*given, *constants, *late}, kept, others)


def _reads(node: fx.Node, changed: Collection[fx.Node]) -> bool:
    """Whether `node` has to read at once: what is `changed` later, or an item of several."""
    sources = node.all_input_nodes if node.op == "call_function" else []
    return any(owner(source) in changed or not isinstance(source.meta["val"], Tensor) for source in sources)


def _needed(nodes: Iterable[fx.Node]) -> set[fx.Node]:
    """`nodes`, and all that they are computed from."""
    found, asked = set(), list(nodes)
    while asked:
        node = asked.pop()
        if node not in found:
            found.add(node)
            asked += node.all_input_nodes
    return found
