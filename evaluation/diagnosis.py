"""Underfit, good fit or overfit, said from the loss curves of every fold.

A loss says little by itself, so each is told as the share of a baseline's loss that it removes, `1 - loss / baseline`:
0 is no better than the baseline, 1 is perfect. In a regression that is R2, in a classification the R2 of McFadden
(1974).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from evaluation.advice import advise
from evaluation.failed import LEARNT_NOTHING
from evaluation.fits import FoldFit
from evaluation.loss_curves import LossCurves, loss_curves

Floats = NDArray[np.float64]

GAP, RISE, LATE_GAIN, LEARNT = 0.2, 0.05, 0.02, 0.1
VERDICTS = ("underfit", "overfit", "good fit", "unknown")
"""Where two have as many folds, the one that asks for a change goes first."""
BASELINES = {"regression": "the mean of the target"}


def rule(task: str) -> str:
    """How a fold is judged, in two sentences."""
    baseline = BASELINES.get(task, "the share of each class")
    return (
        f"Underfit: both losses were still falling when the training ended, each by more than {LATE_GAIN:.0%} of the "
        f"loss of the baseline ({baseline}) in the last quarter of the epochs, or even the training loss is less than "
        f"{LEARNT:.0%} below that of the baseline. "
        f"Overfit: not that, but at the best epoch the training loss lies below the validation loss by more than "
        f"{GAP:.0%} of the baseline's loss, or the validation loss has climbed by more than {RISE:.0%} of it from its "
        f"lowest point while the training loss kept falling; everything else is a good fit."
    )


def diagnose(
    history: Sequence[Mapping[str, Any]], fits: Sequence[FoldFit], task: str, baseline_loss: float
) -> dict[str, Any]:
    """Judge the curves of every fold, and the study by most of its folds.

    What is judged are the weights that are kept, so the epochs that early stopping waits for do not count; whether
    the curves still fell is seen at their end. Curves are smoothed by a running median over a tenth of the epochs.

    Args:
        history: the lines of `history.jsonl`; the training loss is measured with dropout on, so a gap is understated.
        fits: which epoch's weights each member keeps.
        task: "binary", "multiclass" or "regression".
        baseline_loss: the loss of a baseline that does not look at the inputs, on rows like the validation rows.

    Returns:
        `verdict` of the study, `rule` in words, `advice` and `evidence`: `folds`, how many have each verdict,
        `baseline_loss`, and the median over folds of each number in `folds`, which has for every member its key, its
        `verdict` and `evidence`: `train_explained` and `validation_explained` at the best epoch, their `gap`, the
        `rise` of the validation loss up to there (while the training loss fell) and `rise_avoided` after it, and
        `late_gain`, what both losses lost in the last quarter; all as shares of `baseline_loss`. A fold that cannot
        be judged is "unknown" and has a `reason` instead of the evidence; advice begins with it.
    """
    curves, empty = loss_curves(history), LossCurves(np.empty(0), np.empty(0))
    folds = [_judge_fold(fit, curves.get((fit.seed, fit.repeat, fit.fold), empty), baseline_loss) for fit in fits]
    counts = Counter(fold["verdict"] for fold in folds)
    known = [fold["evidence"] for fold in folds if fold["verdict"] != "unknown"]
    verdict = max(VERDICTS[: 3 if known else 4], key=lambda verdict: counts[verdict])
    medians = {name: float(np.median([one[name] for one in known])) for name in (known[0] if known else ())}
    evidence = {"folds": {name: counts[name] for name in VERDICTS}, "baseline_loss": baseline_loss} | medians
    reasons = Counter(fold["reason"] for fold in folds if "reason" in fold)
    told = [f"{count} of {len(folds)} folds: {reason}" for reason, count in reasons.items()] if known else list(reasons)
    advice = told + (advise(verdict, medians) if known else [])
    return {"verdict": verdict, "rule": rule(task), "evidence": evidence, "advice": advice, "folds": folds}


def _judge_fold(fit: FoldFit, curves: LossCurves, baseline_loss: float) -> dict[str, Any]:
    key = {"seed": fit.seed, "repeat": fit.repeat, "fold": fit.fold}
    if reason := _unusable(fit, curves, baseline_loss):
        return key | {"verdict": "unknown", "reason": reason}
    train, validation = (1.0 - _smooth(losses) / baseline_loss for losses in curves)
    return key | {"verdict": _verdict(evidence := _evidence(train, validation, fit.best_epoch)), "evidence": evidence}


def _verdict(evidence: Mapping[str, float]) -> str:
    """What `rule` says of one fold."""
    if evidence["late_gain"] > LATE_GAIN or evidence["train_explained"] < LEARNT:
        return "underfit"
    return "overfit" if evidence["gap"] > GAP or evidence["rise"] > RISE else "good fit"


def _evidence(train: Floats, validation: Floats, kept: int) -> dict[str, float]:
    """The numbers of the rule, from the explained shares after each epoch, `(epochs,)` twice."""
    lowest, before_the_last_quarter = int(validation[: kept + 1].argmax()), len(train) - max(1, len(train) // 4) - 1
    # A study of one epoch is compared with the baseline, where it started.
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


def _unusable(fit: FoldFit, curves: LossCurves, baseline_loss: float) -> str:
    """Why these curves cannot be judged; empty if they can."""
    if fit.best_epoch < 0:
        return LEARNT_NOTHING
    if len(curves.train) <= fit.best_epoch:
        return "its best epoch is missing in history.jsonl: train the study again"
    if not len(curves.validation):
        return "there are no validation rows to compare with: set folds.validation_fraction=0.15"
    if broken := int(np.sum(~np.isfinite(curves).all(axis=0))):
        return f"its loss was not finite in {broken} of {len(curves.train)} epochs: lower optimizer.learning_rate"
    return "" if baseline_loss > 0 else "the baseline has no loss to compare with: the target needs more than one value"
