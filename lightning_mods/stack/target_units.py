"""Outputs of a regression in the target's own units: the inverse of `inputs.target`, on the device."""

import math

import torch
from torch import Tensor

from datamodules.inputs.normal_scores import EDGE
from datamodules.inputs.statistics import FoldStatistics
from lightning_mods.constants import Constants


class TargetUnits(Constants):
    """Give outputs `(members, rows, 1)` the units of the target, with each member's own statistics."""

    def __init__(self, statistics: FoldStatistics, dtype: torch.dtype) -> None:
        """Hold the statistics of the target, `(members, ...)`, in `dtype`."""
        super().__init__()
        self.log, self.ranks = bool(statistics.target_log.any()), statistics.target_quantiles.size > 0
        self.keep("center", torch.as_tensor(statistics.target_center, dtype=dtype)[:, None])
        self.keep("scale", torch.as_tensor(statistics.target_scale, dtype=dtype)[:, None])
        if self.ranks:
            self.keep("quantiles", torch.as_tensor(statistics.target_quantiles, dtype=dtype))

    @property
    def is_linear(self) -> bool:
        """Whether the target is standardised and nothing else."""
        return not self.log and not self.ranks

    def forward(self, outputs: Tensor) -> Tensor:
        """As `in_target_units` of `datamodules/inputs/target_units.py`."""
        if self.ranks:
            return of_normal_scores(outputs, self.quantiles)
        return of_standardised(outputs, self.center, self.scale, self.log)


def of_standardised(outputs: Tensor, center: Tensor, scale: Tensor, log: bool = False) -> Tensor:
    """Outputs `(members, rows, 1)` times `scale`, plus `center`, both `(members, 1)`; of a `log` its inverse."""
    values = outputs * scale[:, None] + center[:, None]
    return values.expm1() if log else values


def of_normal_scores(outputs: Tensor, quantiles: Tensor) -> Tensor:
    """As in `datamodules/inputs/target_units.py`, of scores `(members, rows, 1)` and quantiles `(members, count)`."""
    scores, last = outputs.squeeze(-1), quantiles.shape[-1] - 1
    below = torch.erfc(scores.abs() / math.sqrt(2.0)) / 2
    share = torch.where(below < EDGE, 0.0, below)
    places = torch.where(scores < 0, share * last, last - share * last)
    index = torch.nan_to_num(places).floor().clamp(0, last - 1).long()
    low, high = quantiles.gather(-1, index), quantiles.gather(-1, index + 1)
    return (low + (places - index) * (high - low))[..., None]
