"""What an operation of a trace does to memory: it writes, shows or makes it."""

import torch
from torch import fx

aten = torch.ops.aten

COPIES = {aten._to_copy.default, aten.clone.default}
"""What gives the numbers of its input, perhaps as another type."""


def writes(node: fx.Node) -> bool:
    """Whether `node` changes the memory of its input."""
    return isinstance(node.target, torch._ops.OpOverload) and node.target._schema.is_mutable


def owner(node: fx.Node) -> fx.Node:
    """Whose memory `node` shows or changes."""
    while is_view(node) or writes(node):
        node = node.args[0]
    return node


def is_view(node: fx.Node) -> bool:
    """Whether what `node` gives is the memory of its input, seen in another way."""
    if not isinstance(node.target, torch._ops.OpOverload):
        return node.op == "call_function"  # an item of several
    return node.target.is_view or node.target is aten._unsafe_view.default


def is_pointwise(node: fx.Node) -> bool:
    """Whether `node` computes each number of what it gives from the numbers in the same place."""
    return isinstance(node.target, torch._ops.OpOverload) and torch.Tag.pointwise in node.target.tags
