"""Layers that both frameworks need in the same form: keyed dropout, activations, and the input layer of a stack."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from datamodules.inputs.encoding import MISSING
from datamodules.inputs.statistics import FoldStatistics
from experiment.rules import dropout
from lightning_mods.constants import Constants

_BITS = {2: torch.int16, 4: torch.int32, 8: torch.int64}
"""Integers as wide as a number, by its bytes."""


class KeyedDropout(nn.Module):
    """Inverted dropout (Srivastava et al. 2014): `(batch, units) -> (batch, units)`.

    Inside a stack the mask is a function of the buffer `key` `(2,)`, which the stack sets anew for every step of every
    member, and of `address`, by which the stack tells the layers of a net apart; a layer that is called again draws
    another one. Outside a stack `address` is None and this is the framework's own dropout.
    """

    def __init__(self, rate: float) -> None:
        """Drop a share `rate` of the inputs, in [0, 1)."""
        super().__init__()
        self.rate = rate
        self.address: int | None = None
        self.calls = 0
        self.register_buffer("key", torch.zeros(2, dtype=torch.int64), persistent=False)

    def forward(self, inputs: Tensor) -> Tensor:
        """Scale what is kept by `1 / (1 - rate)`; pass everything on in evaluation."""
        if self.address is None:
            return F.dropout(inputs, self.rate, self.training)
        if not self.training or self.rate == 0.0:
            return inputs
        address, self.calls = dropout.address_of_call(self.address, self.calls), self.calls + 1
        keep = keep_mask(self.key, address, tuple(inputs.shape), self.rate)
        return inputs * _where(keep, 1.0 / (1.0 - self.rate), inputs.dtype)


def keep_mask(key: Tensor, address: int, shape: tuple[int, ...], rate: float) -> Tensor:
    """`experiment.rules.dropout.keep_mask` in the graph: key `(2,)` -> bool of `shape`."""
    words = key.to(torch.int32)
    counters = torch.as_tensor(dropout.counters(address, shape), device=key.device)
    hashed = (counters ^ words[0]) * (words[1] | 1)
    hashed = (hashed ^ torch.bitwise_right_shift(hashed, dropout.SHIFT)) * dropout.MULTIPLIER
    return hashed >= dropout.threshold(rate)


def _where(keep: Tensor, value: float, dtype: torch.dtype) -> Tensor:
    """`value` where `keep`, else 0: its bits times 1 or 0, since torch selects by a bool six times slower."""
    bits = torch.tensor(value, dtype=dtype).view(_BITS[dtype.itemsize])
    return (keep.to(bits.dtype) * int(bits)).view(dtype)


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


ACTIVATIONS = {
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


class InputLayer(Constants):
    """Encode, impute, scale and select with each member's own statistics.

    Shape: `(..., members, rows, columns)` -> `(..., members, rows, inputs)`.
    """

    def __init__(self, statistics: FoldStatistics, dtype: torch.dtype) -> None:
        """Hold the statistics, `(members, inputs)`, in `dtype`; what changes nothing costs nothing."""
        super().__init__()
        encoding, members = statistics.encoding, len(statistics.fill)
        self.encodes, self.recodes = not encoding.is_identity, len(encoding.coded) > 0
        self.imputes = bool(np.isfinite(statistics.fill).any())
        self.scales = bool((statistics.center != 0).any() or (statistics.scale != 1).any())
        self.selects = not bool(statistics.keep.all())
        self.keep("fill", torch.as_tensor(statistics.fill, dtype=dtype)[:, None])
        self.keep("center", torch.as_tensor(statistics.center, dtype=dtype)[:, None])
        self.keep("factor", torch.as_tensor(1.0 / statistics.scale, dtype=dtype)[:, None])
        self.keep("chosen", torch.as_tensor(statistics.keep, dtype=torch.bool)[:, None])
        self.keep("place", torch.as_tensor(encoding.gathered))
        self.keep("level", torch.as_tensor(encoding.level, dtype=dtype))
        self.keep("indicates", torch.as_tensor(encoding.level == MISSING))
        self.keep("coded", torch.as_tensor(encoding.coded))
        self.keep("last", torch.as_tensor(encoding.slots[encoding.coded] - 1, dtype=dtype))
        self.keep("recode", torch.as_tensor(statistics.recode, dtype=dtype).reshape(-1, 1))
        firsts = np.arange(members)[:, None, None] * statistics.recode.shape[1] + encoding.offsets
        self.keep("firsts", torch.as_tensor(firsts))

    def forward(self, inputs: Tensor, complete: bool = False) -> Tensor:
        """Columns become inputs; missing values are filled; numbers are centred and scaled; the unselected ones are 0.

        A table without a missing value is `complete`: there is nothing to fill.
        """
        if self.encodes:
            inputs = self._encode(inputs)
        if self.imputes and not complete:
            inputs = torch.where(inputs.isnan(), self.fill, inputs)
        if self.scales:
            inputs = (inputs - self.center).mul_(self.factor)
        if self.selects:
            inputs = torch.where(self.chosen, inputs, 0.0)
        return inputs

    def _encode(self, columns: Tensor) -> Tensor:
        """`recoded` and `inputs_of` of `datamodules/inputs/encoding.py`."""
        if self.recodes:
            raw = columns.index_select(-1, self.coded)
            slots = torch.where(raw.isnan(), self.last, raw.clamp(min=0).minimum(self.last - 1)).long()
            columns = torch.cat([columns, F.embedding(slots + self.firsts, self.recode).squeeze(-1)], -1)
        values = columns.index_select(-1, self.place)
        switched = torch.where(self.indicates, values.isnan(), values == self.level)
        return torch.where(self.level.isnan(), values, switched.to(values.dtype))
