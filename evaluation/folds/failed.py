"""Failed folds (no finite weights or predictions), and results without them.

Failure does not depend on a target, so the other folds can be evaluated alone; but the rows of a fold that diverged may
be the hard ones, so every result that leaves them out has a caution.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evaluation.fits import FoldFit
from evaluation.keys import Key
from evaluation.predictions import Predictions

LEARNT_NOTHING = "its loss was never finite: lower optimizer.learning_rate, or set optimizer.clip_norm=1"


def failed_folds(predictions: Predictions, fits: Sequence[FoldFit]) -> dict[Key, str]:
    """Reason of each failed fold, by its key, in the order of `fits`; `predictions` are scored and test rows.

    A fold has failed when it has no finite weights, or when its network gives no finite number for a row of
    `predictions`. This is the only definition: `failed` in `metrics.json` and every exit code follow it.
    """
    broken = predictions.select(np.any(~np.isfinite(predictions.logits), axis=1))
    failed = {}
    for fit in fits:
        rows = np.unique(broken.of_member(*fit.key).row)
        if fit.best_epoch < 0:
            failed[fit.key] = LEARNT_NOTHING
        elif len(rows):
            place = "row" if len(rows) == 1 else f"{len(rows)} rows, the first of which is row"
            cure = f"look at {'its' if len(rows) == 1 else 'their'} inputs"
            failed[fit.key] = f"its outputs are not finite for {place} {rows[0]} (counted from 0): {cure}"
    return failed


def without_failed(validation: Predictions, failed: Collection[Key]) -> Predictions:
    """Logits of the `failed` folds set to nan, so that no choice uses them; unchanged where no others are left."""
    mute = validation.per_row({key: key in failed for key in validation.members()}) > 0
    return validation if mute.all() else replace(validation, logits=np.where(mute[:, None], np.nan, validation.logits))


def without(predictions: Predictions, failed: Collection[Key]) -> Predictions:
    """The rows of the other folds; all rows, where no others are left."""
    others = predictions.per_row({key: key not in failed for key in predictions.members()}) > 0
    return predictions.select(others) if others.any() and not others.all() else predictions


def left_out(failed: int, folds: int, unit: str = "fold") -> str:
    """Caution for a number that leaves out `failed` of the folds (or `unit`); "" for none or all of them."""
    if failed in (0, folds):
        return ""
    has, stays = ("has", "is") if failed == 1 else ("have", "are")
    cause = f"{failed} of {folds} {unit}s {has} predictions that are not finite"
    return f"{cause} and {stays} left out, with rows that may be the hard ones"


def cautioned(judged: Mapping[str, Any], caution: str) -> dict[str, Any]:
    """A part of `metrics.json` with `caution` appended to that of each of its intervals."""
    if not judged or not caution:
        return dict(judged)
    intervals = {
        metric: {**one, "caution": "; ".join(filter(None, [one.get("caution"), caution]))}
        for metric, one in judged["intervals"].items()
    }
    return {**judged, "intervals": intervals}
