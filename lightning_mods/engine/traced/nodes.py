"""Memory effects of the operations of a trace: which write to their input, are views of it, or allocate."""

import torch
from torch import fx

from lightning_mods.engine.traced.private_names import TO_COPY, UNSAFE_VIEW, Operation, aten, schema

COPIES = {TO_COPY, aten.clone.default}
"""Operations that copy their input, perhaps to another dtype."""


def writes(node: fx.Node) -> bool:
    """Whether `node` changes the memory of its input."""
    return isinstance(node.target, Operation) and schema(node.target).is_mutable


def owner(node: fx.Node) -> fx.Node:
    """The node whose memory `node` is a view of or writes to."""
    while is_view(node) or writes(node):
        node = node.all_input_nodes[0]
    return node


def is_view(node: fx.Node) -> bool:
    """Whether the output of `node` is a view of its input."""
    if not isinstance(node.target, Operation):
        return node.op == "call_function"  # an item of several
    return node.target.is_view or node.target is UNSAFE_VIEW


def is_pointwise(node: fx.Node) -> bool:
    """Whether `node` is elementwise."""
    return isinstance(node.target, Operation) and torch.Tag.pointwise in node.target.tags
