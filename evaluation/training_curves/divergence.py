"""Divergence of the training losses of two frameworks: its first epoch, and whether rounding explains it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

Record = Mapping[str, Any]

EQUAL, APART, STEPS = 1e-5, 1e-3, 200
"""Rounding in float32 makes the training losses of equal twins diverge slowly: from 1e-7 to 7e-4 in some 6,800 steps
(docs/the-law.md). Losses that go from `EQUAL` to `APART` within `STEPS` steps come from different code."""
FEWEST = 3
"""Fewest folds whose median is evidence about the code. A single one may diverge at once, where Adam divides by ~0."""
SMALLEST = 1e-3
"""Smallest scale of a relative difference, as a share of the first epoch's loss: near 0 only rounding is left."""


class Divergence(NamedTuple):
    """Divergence of two training losses.

    Attributes:
        epoch: the first one in which they diverge faster than by rounding, counted from 0; None if there is none.
        gap: their relative difference in that epoch, or the largest one of all.
    """

    epoch: int | None
    gap: float


def divergence(one: Sequence[Record], other: Sequence[Record], steps_per_epoch: int) -> Divergence:
    """Compare the lines of two `history.jsonl`; of each epoch that both have, by the median over the folds.

    With fewer than `FEWEST` folds only the first `STEPS` steps are compared.
    """
    gaps = loss_gaps(one, other)
    window = max(1, -(-STEPS // steps_per_epoch))
    epochs = list(gaps) if len(_folds(one)) >= FEWEST else list(gaps)[:window]
    for place, epoch in enumerate(epochs):
        before = gaps[epochs[place - window]] if place >= window else 0.0
        if gaps[epoch] > APART and before <= EQUAL:
            return Divergence(epoch, gaps[epoch])
    return Divergence(None, max(gaps.values(), default=0.0))


def loss_gaps(one: Sequence[Record], other: Sequence[Record]) -> dict[int, float]:
    """Relative difference of the training losses by epoch, the median over the folds; infinite if one is not finite.

    A stopped fold counts with its last difference: the few that train longest do not represent the study.
    """
    first, second = _losses(one), _losses(other)
    scales: dict[tuple[int, ...], float] = {}
    latest: dict[tuple[int, ...], float] = {}
    gaps: dict[int, float] = {}
    for (epoch, key), loss in sorted(first.items()):
        if (epoch, key) in second:
            pair = np.array([loss, second[epoch, key]])
            latest[key] = _gap(pair, scales.setdefault(key, SMALLEST * float(np.abs(pair).max())))
            gaps[epoch] = float(np.median([*latest.values()]))
    return gaps


def _folds(history: Sequence[Record]) -> set[tuple[int, ...]]:
    return {tuple(key) for line in history for key in line["members"]}


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
