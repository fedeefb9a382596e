"""To and from portable arrays, so that a network trained in one framework runs in the other."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from experiment.layout import Layout, layout_of

_PORTABLE_LEAVES = {
    nn.Linear: {"weight": "kernel"},
    nn.LayerNorm: {"weight": "gamma", "bias": "beta"},
}


class Portable(NamedTuple):
    """A parameter of the net: its `name` here, and whether its portable form is `transposed`."""

    name: str
    transposed: bool


def portable_layout(net: nn.Module) -> tuple[Layout, tuple[Portable, ...]]:
    """The portable layout of a single net, and what each of its entries is called here.

    A kernel is `(inputs, units)` in its portable form, as in Keras: the product of a batch with it then needs no
    transposed operand. Raises ValueError if two layers share a parameter, or a layer is frozen.
    """
    entries, shapes = [], []
    for path, layer in net.named_modules():
        leaves = _PORTABLE_LEAVES.get(type(layer), {})
        for leaf, parameter in layer.named_parameters(prefix=path, recurse=False):
            last = leaf.rsplit(".", 1)[-1]
            transposed = isinstance(layer, nn.Linear) and last == "weight"
            shape = tuple(parameter.shape)
            entries.append(Portable(leaf, transposed))
            portable = ".".join(filter(None, [path, leaves.get(last, last)]))
            shapes.append((portable, shape[::-1] if transposed else shape))
    if len(entries) > len(list(net.parameters())):
        cause = "two layers of the net share a parameter, which a stack would train apart"
        raise ValueError(f"{cause}; call one layer twice instead")
    frozen = [name for name, parameter in net.named_parameters() if not parameter.requires_grad]
    if frozen:
        cause = f"the net has frozen weights ({', '.join(frozen)}), and a stack trains every weight"
        raise ValueError(f"{cause}; leave out requires_grad_(False)")
    return layout_of(shapes), tuple(entries)


def to_arrays(flat: torch.Tensor, layout: Layout) -> dict[str, NDArray]:
    """Weights of a stack, `(members, size)`, by portable name, each `(members, *shape)`."""
    return layout.unflatten(flat.detach().cpu().numpy())


def from_arrays(arrays: Mapping[str, NDArray], layout: Layout) -> NDArray:
    """Portable arrays, each `(members, *shape)`, as `(members, size)`. Raises ValueError for a net of another kind."""
    return layout.flatten(arrays)


def load_member(net: nn.Module, arrays: Mapping[str, NDArray], member: int = 0) -> nn.Module:
    """Put one member of portable arrays into an ordinary net, and return it."""
    layout, portable = portable_layout(net)
    row = layout.unflatten(from_arrays(arrays, layout)[member : member + 1])
    state = {
        entry.name: torch.as_tensor(np.ascontiguousarray(value[0].T if entry.transposed else value[0]))
        for entry, value in zip(portable, row.values(), strict=True)
    }
    net.load_state_dict(state, strict=False)
    return net
