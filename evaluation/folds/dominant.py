"""Dominant rows: single rows, such as broken values, that make most of a study's loss."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.row_losses import row_losses
from evaluation.predictions import Predictions

EXTREME, FRACTION = 30.0, 0.05
"""Smallest loss of a dominant row, in losses of the baseline: with two classes of equal size, probability 1e-9 for
the true class. And the largest share of rows that can be dominant."""


def dominant_rows(scored: Predictions, baseline_loss: float) -> NDArray[np.intp]:
    """Places in `scored` of the rows that each have a larger loss than all rows with smaller ones together.

    Only a loss above `EXTREME` times that of the baseline counts: where nearly every row is right, the few others
    dominate a small loss, too. The loss of a row is the mean over its seeds. `(n,)` places, the largest loss first, of
    all seeds; none where a logit is not finite.
    """
    if not len(scored.row) or not np.isfinite(scored.logits).all():
        return np.empty(0, np.intp)
    losses, units = _unit_losses(scored)
    order = np.argsort(losses, kind="stable")
    ascending = losses[order]
    smaller = np.concatenate([[0.0], np.cumsum(ascending)[:-1]])
    dominates = (ascending > smaller) & (ascending > EXTREME * baseline_loss)
    dominates[: len(order) - max(1, int(FRACTION * len(order)))] = False
    chosen = order[np.argmax(dominates) :][::-1] if dominates.any() else order[:0]
    return np.concatenate([np.flatnonzero(units == one) for one in chosen.tolist()] or [order[:0]])


def without_dominant(scored: Predictions, places: NDArray[np.intp]) -> Predictions:
    """The rows without those at `places`; all of them, where a member would have none left."""
    others = scored.select(~np.isin(np.arange(len(scored.row)), places))
    return others if len(others.members()) == len(scored.members()) else scored


def reported_dominant(scored: Predictions, places: NDArray[np.intp]) -> list[dict[str, Any]]:
    """Row, member (without its seed where there are several), `loss` and its `share` of all rows, the largest first."""
    if not len(places):
        return []
    losses, units = _unit_losses(scored)
    first = {int(units[place]): int(place) for place in places[::-1]}
    names = ("row", *(["seed"] if len(losses) == len(units) else []), "repeat", "fold")
    told = [{name: int(getattr(scored, name)[place]) for name in names} for place in reversed(first.values())]
    shares = losses / losses.sum()
    return [
        {**one, "loss": float(losses[own]), "share": float(shares[own])}
        for one, own in zip(told, reversed(first), strict=True)
    ]


def _unit_losses(scored: Predictions) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Mean loss over its seeds of each row of a fold, `(units,)`, and which of them each prediction is of, `(n,)`."""
    losses, units = row_losses(scored.logits, scored.target, scored.task), np.arange(len(scored.row))
    if len(np.unique(scored.seed)) > 1:
        keys = np.stack([scored.repeat, scored.fold, scored.row], axis=1)
        units = np.unique(keys, axis=0, return_inverse=True)[1].ravel()
    return np.bincount(units, losses) / np.bincount(units), units
