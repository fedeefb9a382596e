"""The input layer of a stack: raw columns become the inputs of each member's network."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from datamodules.inputs.encoding import MISSING
from datamodules.inputs.normal_scores import EDGE
from datamodules.inputs.statistics import FoldStatistics
from lightning_mods.constants import Constants


class InputLayer(Constants):
    """Encode, impute, scale and select with each member's own statistics.

    Shape: `(..., members, rows, columns)` -> `(..., members, rows, inputs)`.
    """

    def __init__(self, statistics: FoldStatistics, dtype: torch.dtype) -> None:
        """Hold the statistics, `(members, inputs)`, in `dtype`; steps that change nothing are left out."""
        super().__init__()
        encoding, members = statistics.encoding, len(statistics.fill)
        self.encodes, self.recodes = not encoding.is_identity, len(encoding.coded) > 0
        self.counts, self.imputes = bool(statistics.offset.any()), bool(np.isfinite(statistics.fill).any())
        self.scales = bool((statistics.center != 0).any() or (statistics.scale != 1).any())
        self.selects = not bool(statistics.keep.all())
        self.bounds, self.ranks = bool(np.isfinite(statistics.bound).any()), statistics.quantiles.size > 0
        exact = torch.float64 if self.ranks else dtype  # a rounded value may leave or join a tie
        self.keep("fill", torch.as_tensor(statistics.fill, dtype=exact)[:, None])
        self.keep("center", torch.as_tensor(statistics.center, dtype=dtype)[:, None])
        self.keep("factor", torch.as_tensor(1.0 / statistics.scale, dtype=dtype)[:, None])
        self.keep("narrowing", torch.as_tensor(1.0 / statistics.bound, dtype=dtype)[:, None])
        self.keep("chosen", torch.as_tensor(statistics.keep, dtype=torch.bool)[:, None])
        if self.counts:
            self.keep("offset", torch.as_tensor(statistics.offset, dtype=exact)[:, None])
        if self.encodes:
            self.keep("place", torch.as_tensor(encoding.gathered))
            self.keep("level", torch.as_tensor(encoding.level, dtype=dtype))
            self.keep("plain", torch.as_tensor(encoding.is_plain))
            self.keep("indicates", torch.as_tensor(encoding.level == MISSING))
        if self.recodes:
            self.keep("coded", torch.as_tensor(encoding.coded))
            self.keep("last", torch.as_tensor(encoding.slots[encoding.coded] - 1, dtype=dtype))
            self.keep("recode", torch.as_tensor(statistics.recode, dtype=dtype).reshape(-1, 1))
            self.keep("firsts", torch.as_tensor(encoding.firsts(members)))
        if self.ranks:
            self.keep("numbers", torch.as_tensor(encoding.numbers))
            self.keep("order", torch.as_tensor(encoding.order))
            quantiles = statistics.quantiles.reshape(members, len(encoding.numbers), -1)
            self.keep("quantiles", torch.as_tensor(quantiles))

    def forward(self, inputs: Tensor, complete: bool = False) -> Tensor:
        """Columns become inputs, days counted, missing values filled, and numbers scaled; the unselected ones are 0.

        A table without a missing value is `complete`: there is nothing to fill.
        """
        if self.encodes:
            inputs = self._encode(inputs)
        if self.ranks:
            inputs = inputs.to(self.quantiles.dtype)
        if self.counts:
            inputs = inputs - self.offset
        if self.imputes and not complete:
            inputs = torch.where(inputs.isnan(), self.fill, inputs)
        if self.ranks:
            inputs = self._rank(inputs).to(self.center.dtype)
        if self.scales:
            inputs = (inputs - self.center).mul_(self.factor)
        if self.bounds:
            inputs = inputs * (1 + (inputs * self.narrowing) ** 2).rsqrt()
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
        return torch.where(self.plain, values, switched.to(values.dtype))

    def _rank(self, inputs: Tensor) -> Tensor:
        """Numbers as normal scores, 0 and 1 as they are."""
        numbers = inputs.index_select(-1, self.numbers).movedim((-3, -1), (0, 1))
        scores = normal_scores(numbers.reshape(*self.quantiles.shape[:2], -1), self.quantiles).reshape(numbers.shape)
        return torch.cat([inputs, scores.movedim((0, 1), (-3, -1))], -1).index_select(-1, self.order)


def admitted(rows: Tensor, infinite: str) -> Tensor:
    """Raw rows of any shape; infinite values are missing ones where `inputs.infinite`, `infinite`, says so."""
    return torch.where(rows.isinf(), torch.nan, rows) if infinite == "missing" else rows


def answered(outputs: Tensor, rows: Tensor) -> Tensor:
    """`outputs` `(..., rows, outputs)` for raw rows `(..., rows, columns)`: NaN where a value is infinite.

    Most nets would answer it with a finite number that means nothing.
    """
    return torch.where(rows.isinf().any(-1, keepdim=True), torch.nan, outputs)


def normal_scores(values: Tensor, quantiles: Tensor) -> Tensor:
    """`normal_scores` of `datamodules/inputs/normal_scores.py`: `(members, numbers, values)` -> the same.

    `quantiles` are `(members, numbers, count)`.
    """
    last, lowest, highest = quantiles.shape[-1] - 1, quantiles[..., :1], quantiles[..., -1:]
    places = (_place(values, quantiles, "right") + _place(values, quantiles, "left")) / 2
    places = torch.where((values <= lowest) | (values - EDGE < lowest), 0.0, places)
    places = torch.where((values >= highest) | (values + EDGE > highest), float(last), places)
    low, high = (places / last).clamp(min=EDGE), ((last - places) / last).clamp(min=EDGE)
    return torch.where(low < high, torch.special.ndtri(low), -torch.special.ndtri(high))


def _place(values: Tensor, quantiles: Tensor, side: str) -> Tensor:
    found = torch.searchsorted(quantiles, values.contiguous(), side=side)
    place = (found - 1).clamp(0, quantiles.shape[-1] - 2)
    low, high = quantiles.gather(-1, place), quantiles.gather(-1, place + 1)
    return place + (values - low) / torch.where(high > low, high - low, 1.0)
