"""When the training losses of two frameworks part, and whether rounding can be the reason."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

Record = Mapping[str, Any]

EQUAL, APART, STEPS = 1e-5, 1e-3, 200
"""Rounding in float32 parts the training losses of equal twins slowly: from 1e-7 to 7e-4 in some 6,800 steps
(docs/the-law.md). Losses that go from `EQUAL` to `APART` within `STEPS` steps come from different code."""
SMALLEST = 1e-3
"""A loss below this share of the first epoch's is compared with that share: near 0, rounding is all there is."""


class Divergence(NamedTuple):
    """How training losses part.

    Attributes:
        epoch: the first one in which they part faster than by rounding, counted from 0; None if there is none.
        gap: their relative difference in that epoch, or the largest one of all.
    """

    epoch: int | None
    gap: float


def divergence(one: Sequence[Record], other: Sequence[Record], steps_per_epoch: int) -> Divergence:
    """Compare the lines of two `history.jsonl`; of each epoch that both have, by the median over the folds."""
    gaps = loss_gaps(one, other)
    window = max(1, -(-STEPS // steps_per_epoch))
    epochs = list(gaps)
    for place, epoch in enumerate(epochs):
        before = gaps[epochs[place - window]] if place >= window else 0.0
        if gaps[epoch] > APART and before <= EQUAL:
            return Divergence(epoch, gaps[epoch])
    return Divergence(None, max(gaps.values(), default=0.0))


def loss_gaps(one: Sequence[Record], other: Sequence[Record]) -> dict[int, float]:
    """Relative difference of the training losses by epoch, the median over the folds; infinite if one is not finite."""
    first, second = _losses(one), _losses(other)
    scales: dict[tuple[int, ...], float] = {}
    gaps: dict[int, list[float]] = defaultdict(list)
    for (epoch, key), loss in sorted(first.items()):
        if (epoch, key) in second:
            pair = np.array([loss, second[epoch, key]])
            scale = scales.setdefault(key, SMALLEST * float(np.abs(pair).max()))
            gaps[epoch].append(_gap(pair, scale))
    return {epoch: float(np.median(values)) for epoch, values in gaps.items()}


def _gap(pair: np.ndarray, scale: float) -> float:
    if not np.isfinite(pair).all():
        return 0.0 if not np.isfinite(pair).any() else np.inf
    largest = float(max(np.abs(pair).max(), scale))
    return float(abs(pair[0] - pair[1]) / largest) if largest else 0.0


def _losses(history: Sequence[Record]) -> dict[tuple[int, tuple[int, ...]], float]:
    """Training loss by epoch and key; nan for null."""
    return {
        (line["epoch"], tuple(key)): np.nan if loss is None else loss
        for line in history
        for key, loss in zip(line["members"], line["train_loss"], strict=True)
    }
