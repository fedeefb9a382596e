"""Layers that both frameworks need in the same form: keyed dropout and activations."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from datamodules.inputs.net_inputs import NetInputs, embedding_width
from experiment.rules import dropout

_BITS = {2: torch.int16, 4: torch.int32, 8: torch.int64}
"""Integers as wide as a number, by its bytes."""


class KeyedDropout(nn.Module):
    """Inverted dropout (Srivastava et al. 2014): `(batch, units) -> (batch, units)`.

    Inside a stack the mask is a function of the buffer `key` `(2,)`, which the stack sets anew for every step of every
    member, and of `address`, by which the stack tells the layers of a net apart; a layer that is called again draws
    another one. Members with rates of their own have `own`, a threshold and a scale. A device that computes a part of a
    batch has its `window`. Outside a stack `address` is None and this is the framework's own dropout.
    """

    def __init__(self, rate: float) -> None:
        """Drop a share `rate` of the inputs, in [0, 1)."""
        super().__init__()
        self.rate = rate
        self.address: int | None = None
        self.calls = 0
        self.own: tuple[Tensor, Tensor] | None = None
        self.window: dropout.Window | None = None
        self.key: Tensor
        self.register_buffer("key", torch.zeros(2, dtype=torch.int64), persistent=False)

    def forward(self, inputs: Tensor) -> Tensor:
        """Scale what is kept by `1 / (1 - rate)`; pass everything on in evaluation."""
        if self.address is None:
            return F.dropout(inputs, self.rate, self.training)
        if not self.training or (self.own is None and self.rate == 0.0):
            return inputs
        address, self.calls = dropout.address_of_call(self.address, self.calls), self.calls + 1
        shape = tuple(inputs.shape)
        first = self.window.first_element(shape) if self.window else 0
        if self.own is None:
            keep = keep_mask(self.key, address, shape, self.rate, first)
            return inputs * _where(keep, 1.0 / (1.0 - self.rate), inputs.dtype)
        threshold, scale = self.own
        keep = hashed(self.key, address, shape, first) >= threshold
        return inputs * (keep.to(inputs.dtype) * scale.to(inputs.dtype))


def keep_mask(key: Tensor, address: int, shape: tuple[int, ...], rate: float, first: int = 0) -> Tensor:
    """`experiment.rules.dropout.keep_mask` in the graph, from element `first` on: key `(2,)` -> bool of `shape`."""
    return hashed(key, address, shape, first) >= dropout.threshold(rate)


def hashed(key: Tensor, address: int, shape: tuple[int, ...], first: int = 0) -> Tensor:
    """What a mask compares with its threshold, from element `first` on: key `(2,)` -> int32 of `shape`."""
    words = key.to(torch.int32)
    counters = torch.as_tensor(dropout.counters(address, shape, first), device=key.device)
    mixed = (counters ^ words[0]) * (words[1] | 1)
    return (mixed ^ torch.bitwise_right_shift(mixed, dropout.SHIFT)) * dropout.MULTIPLIER


def _views_bits() -> bool:
    """Whether `torch.vmap` knows `Tensor.view(dtype)`, which torch 2.11 does not; either way gives the same bits."""
    try:
        torch.vmap(lambda row: row.view(torch.float32))(torch.zeros(1, 1, dtype=torch.int32))
    except RuntimeError:
        return False
    return True


_VIEWS_BITS = _views_bits()


def _where(keep: Tensor, value: float, dtype: torch.dtype) -> Tensor:
    """`value` where `keep`, else 0: its bits times 1 or 0, since torch selects by a bool six times slower."""
    if not _VIEWS_BITS:
        return keep.to(dtype) * value
    bits = torch.tensor(value, dtype=dtype).view(_BITS[dtype.itemsize])
    return (keep.to(bits.dtype) * int(bits)).view(dtype)


class Embeddings(nn.Module):
    """Numbers as they are, then a learned vector for each code: `(batch, inputs) -> (batch, width)`.

    A code is compared with its levels and multiplied with a table of vectors, which is the same in both frameworks and
    on any device; one that is no level, -1, gives 0.
    """

    def __init__(self, inputs: NetInputs) -> None:
        """One table for each code of `inputs`; without codes it has no weights."""
        super().__init__()
        self.numbers, self.levels = inputs.numbers, inputs.levels
        widths = [embedding_width(levels) for levels in inputs.levels]
        self.width = inputs.numbers + sum(widths)
        self.tables = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in zip(inputs.levels, widths, strict=True))

    def forward(self, inputs: Tensor) -> Tensor:
        """The inputs themselves if there is no code."""
        if not self.levels:
            return inputs
        vectors = [inputs[..., : self.numbers]]
        for place, (levels, table) in enumerate(zip(self.levels, self.tables, strict=True), self.numbers):
            every = torch.arange(levels, dtype=inputs.dtype, device=inputs.device)
            vectors.append(table((inputs[..., place, None] == every).to(inputs.dtype)))
        return torch.cat(vectors, -1)


class PReLU(nn.Module):
    """`x` where positive, else `alpha x` with one learned slope a unit: `(..., units) -> (..., units)`."""

    def __init__(self, units: int) -> None:
        """One slope for each of `units`."""
        super().__init__()
        self.alpha = nn.Parameter(torch.full((units,), 0.25))

    def forward(self, inputs: Tensor) -> Tensor:
        """He et al. 2015, equation 1."""
        return torch.where(inputs >= 0, inputs, self.alpha * inputs)


class Function(nn.Module):
    """An activation without parameters, by name."""

    def __init__(self, name: str, /) -> None:
        """Raises KeyError for a name that `ACTIVATIONS` does not have."""
        super().__init__()
        self.function = ACTIVATIONS[name]

    def forward(self, inputs: Tensor) -> Tensor:
        """Elementwise: any shape -> the same shape."""
        return self.function(inputs)


def identity(inputs: Tensor) -> Tensor:
    """The input itself."""
    return inputs


def binary_step(inputs: Tensor) -> Tensor:
    """1 where the input is at least 0, else 0; the derivative is 0 everywhere."""
    return (inputs >= 0).to(inputs.dtype)


def softplus(inputs: Tensor) -> Tensor:
    """`log(1 + exp(x))`; torch's own threshold, 20, is too low for float64."""
    return F.softplus(inputs, threshold=40.0)


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": identity,
    "binary_step": binary_step,
    "logistic": torch.sigmoid,
    "tanh": torch.tanh,
    "arctan": torch.atan,
    "relu": F.relu,
    "elu": F.elu,
    "softplus": softplus,
    "gelu": F.gelu,
    "silu": F.silu,
    "selu": F.selu,
}


def activation(name: str, units: int, /) -> nn.Module:
    """The activation layer called `name` over `units` inputs; `prelu` learns a slope for each of them."""
    return PReLU(units) if name == "prelu" else Function(name)
