"""What an operation of a trace does to memory: it writes, shows or makes it."""

import torch
from torch import fx

from lightning_mods.engine.traced.private_names import TO_COPY, UNSAFE_VIEW, Operation, aten, schema

COPIES = {TO_COPY, aten.clone.default}
"""What gives the numbers of its input, perhaps as another type."""


def writes(node: fx.Node) -> bool:
    """Whether `node` changes the memory of its input."""
    return isinstance(node.target, Operation) and schema(node.target).is_mutable


def owner(node: fx.Node) -> fx.Node:
    """Whose memory `node` shows or changes."""
    while is_view(node) or writes(node):
        node = node.args[0]
    return node


def is_view(node: fx.Node) -> bool:
    """Whether what `node` gives is the memory of its input, seen in another way."""
    if not isinstance(node.target, Operation):
        return node.op == "call_function"  # an item of several
    return node.target.is_view or node.target is UNSAFE_VIEW


def is_pointwise(node: fx.Node) -> bool:
    """Whether `node` computes each number of what it gives from the numbers in the same place."""
    return isinstance(node.target, Operation) and torch.Tag.pointwise in node.target.tags
