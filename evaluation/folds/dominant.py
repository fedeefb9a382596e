"""Dominant rows: single rows, such as broken values, that make most of a study's loss."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.row_losses import row_losses
from evaluation.predictions import Predictions

EXTREME, FRACTION = 30.0, 0.05
"""Smallest loss of a dominant row, in losses of the baseline: with two classes of equal size, probability 1e-9 for
the true class. And the largest share of rows that can be dominant."""


def dominant_rows(scored: Predictions, baseline_loss: float) -> NDArray[np.intp]:
    """Places in `scored` of the rows that each have a larger loss than all rows with smaller ones together.

    Only a loss above `EXTREME` times that of the baseline counts: where nearly every row is right, the few others
    dominate a small loss, too. `(n,)` places, the largest loss first; none where a logit is not finite.
    """
    if not len(scored.row) or not np.isfinite(scored.logits).all():
        return np.empty(0, np.intp)
    losses = row_losses(scored.logits, scored.target, scored.task)
    order = np.argsort(losses, kind="stable")
    ascending = losses[order]
    smaller = np.concatenate([[0.0], np.cumsum(ascending)[:-1]])
    dominates = (ascending > smaller) & (ascending > EXTREME * baseline_loss)
    dominates[: len(order) - max(1, int(FRACTION * len(order)))] = False
    return order[np.argmax(dominates) :][::-1] if dominates.any() else order[:0]


def without_dominant(scored: Predictions, places: NDArray[np.intp]) -> Predictions:
    """The rows without those at `places`; all of them, where a member would have none left."""
    others = scored.select(~np.isin(np.arange(len(scored.row)), places))
    return others if len(others.members()) == len(scored.members()) else scored


def told_dominant(scored: Predictions, places: NDArray[np.intp]) -> list[dict[str, Any]]:
    """Row, member, `loss` and its `share` of the loss of all rows, the largest first."""
    if not len(places):
        return []
    losses = row_losses(scored.logits, scored.target, scored.task)
    total = float(losses.sum())
    return [_told(scored, int(place), float(losses[place]), total) for place in places]


def _told(scored: Predictions, place: int, loss: float, total: float) -> dict[str, Any]:
    key = {name: int(getattr(scored, name)[place]) for name in ("row", "seed", "repeat", "fold")}
    return key | {"loss": loss, "share": loss / total}
