"""Folds whose predictions are not finite, and the others without them.

Who failed is seen without looking at a target, so the others can be judged alone; but the rows of a fold that diverged
may be the hard ones, and whatever leaves them out says so.
"""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from evaluation.keys import Key
from evaluation.predictions import Predictions


def failed_folds(predictions: Predictions) -> list[Key]:
    """The (seed, repeat, fold) of who has a prediction that is not finite, ascending."""
    return predictions.select(np.any(~np.isfinite(predictions.logits), axis=1)).members()


def without(predictions: Predictions, failed: Collection[Key]) -> Predictions:
    """The rows of everybody else; all rows, where nobody else is left."""
    others = predictions.per_row({key: key not in failed for key in predictions.members()}) > 0
    return predictions.select(others) if others.any() and not others.all() else predictions


def left_out(failed: int, folds: int) -> str:
    """What to keep in mind of a number that leaves out so many of the folds; "" for none or all of them."""
    if failed in (0, folds):
        return ""
    has, stays = ("has", "is") if failed == 1 else ("have", "are")
    cause = f"{failed} of {folds} folds {has} predictions that are not finite"
    return f"{cause} and {stays} left out, with rows that may be the hard ones"


def cautioned(judged: Mapping[str, Any], caution: str) -> dict[str, Any]:
    """A part of `metrics.json` with a `caution` beside each of its intervals, after what is said there."""
    if not judged or not caution:
        return dict(judged)
    intervals = {
        metric: {**one, "caution": "; ".join(filter(None, [one.get("caution"), caution]))}
        for metric, one in judged["intervals"].items()
    }
    return {**judged, "intervals": intervals}
