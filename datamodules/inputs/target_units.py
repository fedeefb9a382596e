"""Targets of a regression as a network learns them, and its outputs in the target's own units again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from datamodules.inputs.normal_scores import EDGE, normal_scores
from datamodules.inputs.statistics import FoldStatistics

Floats = NDArray[np.float64]


def goals(targets: NDArray, statistics: FoldStatistics) -> Floats:
    """Targets `(rows,)` of a regression as each member learns them, float64 `(members, rows)`."""
    values, center, scale = targets.astype(np.float64), statistics.target_center, statistics.target_scale
    if statistics.target_quantiles.size:
        return np.stack([normal_scores(values[:, None], own[None])[:, 0] for own in statistics.target_quantiles])
    values = np.log1p(values) if statistics.target_log.any() else values
    return (values - center[:, None]) / scale[:, None]


def in_target_units(outputs: Floats, statistics: FoldStatistics) -> Floats:
    """Outputs `(members, rows, outputs)` in the units of the target: the inverse of `goals`; of classes as they are."""
    if statistics.target_quantiles.size:
        return np.stack(
            [of_normal_scores(one, own) for one, own in zip(outputs, statistics.target_quantiles, strict=True)]
        )
    values = outputs * statistics.target_scale[:, None, None] + statistics.target_center[:, None, None]
    return np.expm1(values) if statistics.target_log.any() else values


def loss_units(statistics: FoldStatistics, power: int) -> Floats:
    """Factor `(members,)` that gives a reported training loss the target's units to the `power`; see `unit_arrays`."""
    linear = not (statistics.target_log.any() or statistics.target_quantiles.size)
    return statistics.target_scale ** (power if linear else 0)


def unit_arrays(statistics: FoldStatistics) -> dict[str, Floats]:
    """What a step needs to report its loss in the target's units, where no factor converts it: `(members, ...)`."""
    if statistics.target_quantiles.size:
        return {"target.quantiles": statistics.target_quantiles}
    if statistics.target_log.any():
        return {f"target.{name}": getattr(statistics, f"target_{name}")[:, None] for name in ("center", "scale")}
    return {}


def of_normal_scores(scores: Floats, quantiles: Floats) -> Floats:
    """Values of normal scores of any shape, linear between `quantiles` `(count,)`: the inverse of `normal_scores`."""
    last, below = len(quantiles) - 1, ndtr(-np.abs(scores))
    share = np.where(below < EDGE, 0.0, below)
    places = np.where(scores < 0, share * last, last - share * last)
    index = np.clip(np.floor(np.nan_to_num(places)), 0, last - 1).astype(np.int64)
    return quantiles[index] + (places - index) * (quantiles[index + 1] - quantiles[index])
