"""Conversion of weights to and from portable arrays, by which a network trained in one framework runs in the other."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from experiment.nets.layout import Layout, layout_of
from experiment.nets.net_errors import ATTENTION, OPTIONS, RECURRENT, NetError

# What Keras calls the parameters of the same layer.
_PORTABLE_LEAVES = {
    nn.Linear: {"weight": "kernel"},
    nn.Conv1d: {"weight": "kernel"},
    nn.Conv2d: {"weight": "kernel"},
    nn.Embedding: {"weight": "embeddings"},
    nn.LayerNorm: {"weight": "gamma", "bias": "beta"},
    nn.GroupNorm: {"weight": "gamma", "bias": "beta"},
    nn.RMSNorm: {"weight": "scale"},
}
_REFUSED = {nn.RNNBase: RECURRENT, nn.RNNCellBase: RECURRENT, nn.MultiheadAttention: ATTENTION}

_OPTIONS = {"padding_idx": None, "max_norm": None, "scale_grad_by_freq": False, "sparse": False}


class Portable(NamedTuple):
    """A parameter of the net: its `name` here, and which `axes` of its portable form it has, in its order."""

    name: str
    axes: tuple[int, ...]


def portable_layout(net: nn.Module) -> tuple[Layout, tuple[Portable, ...]]:
    """The portable layout of a single net, and what each of its entries is called here.

    A kernel is `(..., inputs, units)` in its portable form, as in Keras: the product of a batch with it then needs no
    transposed operand. Raises NetError if a layer cannot be stacked or is frozen, or two layers share a parameter.
    """
    entries, shapes = [], []
    for path, layer in net.named_modules():
        _check(path, layer)
        leaves = _PORTABLE_LEAVES.get(type(layer), {})
        for leaf, parameter in layer.named_parameters(recurse=False):
            portable, axes = leaves.get(leaf, leaf), tuple(range(parameter.ndim))
            if portable == "kernel" != leaf:
                axes = (*axes[:-3:-1], *axes[:-2])  # torch has (units, inputs, ...)
            entries.append(Portable(".".join(filter(None, [path, leaf])), axes))
            shape = dict(zip(axes, parameter.shape, strict=True))
            shapes.append((".".join(filter(None, [path, portable])), tuple(shape[axis] for axis in sorted(axes))))
    if len(entries) > len(list(net.parameters())):
        cause = "two layers of the net share a parameter, which a stack would train apart"
        raise NetError(f"{cause}; call one layer twice instead")
    frozen = [name for name, parameter in net.named_parameters() if not parameter.requires_grad]
    if frozen:
        cause = f"the net has frozen weights ({', '.join(frozen)}), and a stack trains every weight"
        raise NetError(f"{cause}; leave out requires_grad_(False)")
    return layout_of(shapes), tuple(entries)


def _check(path: str, layer: nn.Module) -> None:
    """Raises NetError for a layer whose weights have no portable form, or that does with them what Keras's does not."""
    for kind, reason in _REFUSED.items():
        if isinstance(layer, kind):
            raise NetError(f"layer '{path}' ({type(layer).__name__}) {reason}")
    if isinstance(layer, nn.Embedding):
        given = [name for name, without in _OPTIONS.items() if getattr(layer, name) is not without]
        if given:
            raise NetError(f"layer '{path}' (Embedding) has {', '.join(given)}, {OPTIONS}")


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
        entry.name: torch.as_tensor(np.ascontiguousarray(value[0].transpose(entry.axes)))
        for entry, value in zip(portable, row.values(), strict=True)
    }
    net.load_state_dict(state, strict=False)
    return net
