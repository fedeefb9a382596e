"""What every graph of a member has to be, in either framework."""

from collections.abc import Sequence
from itertools import pairwise

from reporting.board.graph import Node

HIDDEN = [f"{kind}.{layer}" for layer in range(2) for kind in ("hidden", "activations", "dropouts")]
MLP = ["inputs", *HIDDEN, "output", "outputs"]
"""The scopes of an MLP with two hidden layers."""


def assert_is_a_graph(nodes: Sequence[Node]) -> None:
    """Every name is there once, and every input of a node is another node."""
    names = [node.name for node in nodes]
    assert len(set(names)) == len(names)
    assert {source for node in nodes for source in node.inputs} <= set(names)


def top_level_edges(nodes: Sequence[Node]) -> set[tuple[str, str]]:
    """Between which scopes values pass."""
    edges = {(source.split("/")[0], node.name.split("/")[0]) for node in nodes for source in node.inputs}
    return {(source, target) for source, target in edges if source != target}


def chain(scopes: Sequence[str]) -> set[tuple[str, str]]:
    """The edges of scopes that follow one another."""
    return set(pairwise(scopes))


def ancestors(nodes: Sequence[Node], name: str) -> set[str]:
    """All that the node `name` comes from."""
    inputs, found, left = {node.name: node.inputs for node in nodes}, set(), [name]
    while left:
        for source in inputs[left.pop()]:
            if source not in found:
                found.add(source)
                left.append(source)
    return found
