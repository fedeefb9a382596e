"""Underfit, overfit or good fit: the verdict on the loss curves of one fold.

A loss has no absolute scale, so each is given as its reduction against the baseline's, `1 - loss / baseline`: 0 is no
better than the baseline, 1 is perfect. In a regression that is R2, in a classification the R2 of McFadden (1974).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from evaluation.decimals import percentage
from evaluation.fits import FoldFit
from evaluation.folds.failed import LEARNT_NOTHING
from evaluation.keys import Key, named
from evaluation.training_curves.loss_curves import LossCurves

Floats = NDArray[np.float64]

GAP, RISE, LATE_GAIN, LEARNT = 0.2, 0.05, 0.02, 0.1
BASELINES = {"regression": "the mean of the target"}


def rule(task: str) -> str:
    """The rule of the verdict, in three sentences."""
    baseline = BASELINES.get(task, "the share of each class")
    late, learnt, gap, rise = (percentage(share, 0) for share in (LATE_GAIN, LEARNT, GAP, RISE))
    return (
        f"Underfit: both losses were still falling when the training ended, each by more than {late} of the "
        f"baseline's loss in the last quarter of the epochs (the baseline predicts {baseline}), or even the training "
        f"loss is less than {learnt} below the baseline's. "
        f"Overfit: not that, but at the best epoch the training loss lies below the validation loss by more than "
        f"{gap} of the baseline's loss, or the validation loss has climbed by more than {rise} of it from its "
        f"lowest point while the training loss kept falling; everything else is a good fit. "
        f"Doubtful: the curves look like a good fit, but a fold failed, fewer than two thirds of the folds agree, a "
        f"class is hardly ever predicted, or a metric is not better than the baseline."
    )


def judge_fold(
    fit: FoldFit, curves: LossCurves, baseline_loss: float, failed: Mapping[Key, str], trained_with: str = ""
) -> dict[str, Any]:
    """Key, `verdict` and `evidence` of a fold, or the `reason` why it is "failed" or "unknown"; see `diagnose`."""
    key = named(fit.key)
    if reason := failed.get(fit.key, LEARNT_NOTHING if fit.best_epoch < 0 else ""):
        return key | {"verdict": "failed", "reason": reason}
    if reason := _unusable(fit, curves, baseline_loss, trained_with):
        return key | {"verdict": "unknown", "reason": reason}
    train, validation = (1.0 - _smooth(losses) / baseline_loss for losses in curves)
    return key | {"verdict": _verdict(evidence := _evidence(train, validation, fit.best_epoch)), "evidence": evidence}


def _verdict(evidence: Mapping[str, float]) -> str:
    """Verdict on one fold, by `rule`."""
    if evidence["late_gain"] > LATE_GAIN or evidence["train_explained"] < LEARNT:
        return "underfit"
    return "overfit" if evidence["gap"] > GAP or evidence["rise"] > RISE else "good fit"


def _evidence(train: Floats, validation: Floats, kept: int) -> dict[str, float]:
    """The numbers of the rule, from the loss reductions after each epoch, `(epochs,)` twice."""
    lowest, before_the_last_quarter = int(validation[: kept + 1].argmax()), len(train) - max(1, len(train) // 4) - 1
    # The reference of a single epoch is the baseline.
    gains = [curve[-1] - (curve[before_the_last_quarter] if len(curve) > 1 else 0.0) for curve in (train, validation)]
    return {
        "train_explained": float(train[kept]),
        "validation_explained": float(validation[kept]),
        "gap": float(train[kept] - validation[kept]),
        "rise": float(validation[lowest] - validation[kept]) if train[kept] > train[lowest] else 0.0,
        "rise_avoided": float(validation[kept] - validation[-1]),
        "late_gain": float(min(gains)),
    }


def _smooth(losses: Floats) -> Floats:
    """Running median over a tenth of the epochs, `(epochs,)` twice; the ends are mirrored."""
    size = 1 + 2 * (len(losses) // 20)
    return np.asarray(median_filter(losses, size=size, mode="reflect")) if size > 1 else losses


def _unusable(fit: FoldFit, curves: LossCurves, baseline_loss: float, trained_with: str) -> str:
    """Why these curves cannot be judged; empty if they can."""
    if len(curves.train) <= fit.best_epoch:
        return "its best epoch is missing in history.jsonl: train the study again"
    if not len(curves.validation):
        return "there are no validation rows to compare with: set folds.validation_fraction=0.15"
    if trained_with:
        return (
            f"its training loss is {trained_with}, which validation rows are not measured by: look at validation alone"
        )
    if broken := int(np.sum(~np.isfinite(curves).all(axis=0))):
        return f"its loss was not finite in {broken} of {len(curves.train)} epochs: lower optimizer.learning_rate"
    return "" if baseline_loss > 0 else "the baseline has no loss to compare with: the target needs more than one value"
