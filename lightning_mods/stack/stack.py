"""Many ordinary networks as one: `torch.func.vmap` over `functional_call`."""

from collections.abc import Sequence
from zlib import crc32

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, vmap

from experiment.nets.layout import Layout
from experiment.nets.net_errors import UNLIKE, NetError
from experiment.rules.dropout import own_drops
from lightning_mods.layers import KeyedDropout
from lightning_mods.weights import Portable, portable_layout

_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)
"""Layers of torch that draw random numbers."""


class Stack(nn.Module):
    """`members` copies of an ordinary network, each with its own weights.

    Shape: inputs `(members, batch, inputs)`, keys `(members, 2)` -> logits `(members, batch, outputs)`. All weights
    are one parameter `flat` `(members, size)`, in the order and orientation of `layout`.
    """

    def __init__(self, net: nn.Module, members: int, dtype: torch.dtype = torch.float32, mixed: bool = False) -> None:
        """Raises NetError for a net that keeps state besides its weights, e.g. batch statistics."""
        super().__init__()
        self.net: nn.Module
        self.layout: Layout
        self.portable: tuple[Portable, ...]
        self.layout, self.portable = portable_layout(net)
        self.key_names = address_dropouts(net)
        # The net is a template: registering it as a submodule would train its own weights as one more member.
        object.__setattr__(self, "net", net.to(dtype))
        self.mixed = mixed
        self.flat = nn.Parameter(torch.zeros(members, self.layout.size, dtype=dtype))

    def forward(self, inputs: Tensor, keys: Tensor) -> Tensor:
        """Every member on its own batch; dropout is on in training mode."""
        return self.logits(self.flat, inputs, keys, self.training)

    def logits(
        self, flat: Tensor, inputs: Tensor, keys: Tensor, training: bool, drops: Sequence[Tensor] = ()
    ) -> Tensor:
        """As `forward`, with the weights `(members, size)` and the mode handed in.

        `drops` are the thresholds and scales of `own_drops`, `(members, layers)`, for members with dropout rates of
        their own. `mixed` says that the net computes in bfloat16; weights and logits have the stack's own dtype.
        """
        self.net.train(training)
        with torch.autocast(flat.device.type, torch.bfloat16, enabled=self.mixed):
            logits = vmap(self._member, randomness="error")(self.split(flat), keys, inputs, *drops)
        return logits.to(flat.dtype)

    def predict(self, flat: Tensor, inputs: Tensor) -> Tensor:
        """As `logits` without dropout, which needs no keys."""
        keys = torch.zeros(len(flat), 2, dtype=torch.int64, device=flat.device)
        return self.logits(flat, inputs, keys, training=False)

    def split(self, flat: Tensor) -> dict[str, Tensor]:
        """The parameters of the net, each `(members, ...)`, as views of `flat` `(members, size)`."""
        parts = flat.split(self.layout.sizes, dim=1)
        views = (p.view(len(flat), *shape) for p, shape in zip(parts, self.layout.shapes, strict=True))
        return {
            portable.name: view.permute(0, *(1 + axis for axis in portable.axes))
            for portable, view in zip(self.portable, views, strict=True)
        }

    def _member(self, parameters: dict[str, Tensor], key: Tensor, inputs: Tensor, *drops: Tensor) -> Tensor:
        dropouts = keyed_dropouts(self.net).values()
        for index, layer in enumerate(dropouts):
            layer.calls = 0
            layer.own = (drops[0][index], drops[1][index]) if drops else None
        keys = dict.fromkeys(self.key_names, key)
        try:
            return functional_call(self.net, {**parameters, **keys}, (inputs,), strict=False)
        finally:
            for layer in dropouts:
                layer.own = None


def keyed_dropouts(net: nn.Module) -> dict[str, KeyedDropout]:
    """The keyed dropouts of `net` by path, in the order of the net."""
    return {path: layer for path, layer in net.named_modules() if isinstance(layer, KeyedDropout)}


def shared_net(nets: Sequence[nn.Module]) -> tuple[nn.Module, dict[str, NDArray]]:
    """The net of a stack whose members have these `nets`, and what `own_drops` gives of their dropout rates.

    Raises NetError if they differ in more than the rates of keyed dropouts.
    """
    rates = {net: {path: layer.rate for path, layer in keyed_dropouts(net).items()} for net in dict.fromkeys(nets)}
    largest = max(rates, key=lambda net: len(rates[net]))
    layouts = {portable_layout(net)[0] for net in rates} if len(rates) > 1 else ()
    if len(layouts) > 1 or not all(set(rates[largest]).issuperset(own) for own in rates.values()):
        raise NetError(UNLIKE)
    return largest, own_drops([rates[net] for net in nets])


def address_dropouts(net: nn.Module) -> tuple[str, ...]:
    """Give every keyed dropout of `net` its address; return the names of their keys.

    Raises NetError for any other state: a stack carries weights from step to step, and nothing else.
    """
    names = []
    for path, layer in keyed_dropouts(net).items():
        layer.address = crc32(path.encode())
        names.append(f"{path}.key" if path else "key")
    random = {path for path, layer in net.named_modules() if isinstance(layer, _DROPOUTS) and layer.p > 0}
    others = sorted(random | set(dict(net.named_buffers())) - set(names))
    if others:
        raise NetError(
            f"the net keeps state besides its weights ({', '.join(others)}), which a stack does not carry; "
            "use a layer without running statistics, such as LayerNorm for BatchNorm, and KeyedDropout for Dropout"
        )
    return tuple(names)
