"""Underfit, overfit or good fit: the verdict on a study, from the loss curves of its folds and from its metrics."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluation.fits import FoldFit
from evaluation.folds.names import unit_of
from evaluation.keys import Key
from evaluation.training_curves.loss_curves import LossCurves, loss_curves
from evaluation.verdicts.advice import NOTHING, advise
from evaluation.verdicts.fold_verdicts import judge_fold, rule
from evaluation.verdicts.shortfalls import Item

CURVES = ("underfit", "overfit", "good fit")
"""Order of verdicts with equally many folds: those that advise a change first."""
AGREED = 2 / 3
"""Smallest share of folds with the same verdict for a verdict on the study."""
VERDICTS = ("failed", *CURVES, "unknown")
"""Verdicts on a fold; a study may be "doubtful", too."""
NONE: Mapping[Key, str] = {}


def diagnose(
    history: Sequence[Mapping[str, Any]],
    fits: Sequence[FoldFit],
    task: str,
    baseline_loss: float,
    failed: Mapping[Key, str] = NONE,
    shortfalls: Sequence[Item] = (),
    trained_with: str = "",
) -> dict[str, Any]:
    """Verdict on the curves of every fold, and on the study by the majority of its folds and its limits.

    The verdict is on the weights of the best epoch, so the epochs of early stopping's patience do not count; only
    whether the curves still fell is read at their end. Curves are smoothed by a running median over a tenth of the
    epochs.

    Args:
        history: the lines of `history.jsonl`; the training loss is measured with dropout on, so a gap is understated.
        fits: training record of each member, with its best epoch.
        task: "binary", "multiclass" or "regression".
        baseline_loss: the loss of the baseline, on rows like the validation rows.
        failed: reason of each failed fold, by its key.
        shortfalls: results that rule out the verdict of a good fit, see `shortfalls.shortfalls`.
        trained_with: the training loss, if it is another one than that of validation rows; "" if it is the same.

    Returns:
        `verdict` of the study: that of its `curves`, but "failed" if all folds are, and "doubtful" in place of a better
        one than its `limits` allow (failed folds, agreement of less than two thirds of folds, `shortfalls`); whether
        the folds `agreed`; `rule` in words, `advice` and `evidence`: `folds`, the number of each verdict,
        `baseline_loss`, and the median over folds of each number in `folds`, which has for every member its key, its
        `verdict` and `evidence`: `train_explained` and `validation_explained` at the best epoch, their `gap`, the
        `rise` of the validation loss up to there (while the training loss fell) and `rise_avoided` after it, and
        `late_gain`, the decrease of both losses in the last quarter; all as shares of `baseline_loss`. A fold without a
        verdict is "failed" or "unknown" and has a `reason` instead of the evidence; advice begins with it.
    """
    curves, empty = loss_curves(history), LossCurves(np.empty(0), np.empty(0))
    folds = [judge_fold(fit, curves.get(fit.key, empty), baseline_loss, failed, trained_with) for fit in fits]
    counts = Counter(fold["verdict"] for fold in folds)
    known = [fold["evidence"] for fold in folds if "evidence" in fold]
    seen = max(CURVES, key=lambda verdict: counts[verdict]) if known else "unknown"
    agreed = not known or counts[seen] >= AGREED * len(known)
    unit = unit_of(fit.seed for fit in fits)
    others = [f"the {unit}s disagree"] * (not agreed) + [one.text for one in shortfalls if one.level == "warning"]
    limits = [f"{counts['failed']} of {len(folds)} {unit}s failed"] * bool(counts["failed"]) + others
    medians = {name: float(np.median([one[name] for one in known])) for name in (known[0] if known else ())}
    return {
        "verdict": _of_study(seen, counts["failed"] == len(folds) > 0, limits),
        "curves": seen,
        "agreed": agreed,
        "limits": limits,
        "rule": rule(task),
        "evidence": {"folds": {name: counts[name] for name in VERDICTS}, "baseline_loss": baseline_loss} | medians,
        "advice": _advice(folds, others, advise(seen, medians) if known else [], unit),
        "folds": folds,
    }


def _of_study(seen: str, all_failed: bool, limits: Sequence[str]) -> str:
    if all_failed:
        return "failed"
    return "doubtful" if limits and seen in ("good fit", "unknown") else seen


def _advice(folds: Sequence[Mapping[str, Any]], limits: Sequence[str], tried: Sequence[str], unit: str) -> list[str]:
    """Reasons of folds without a verdict, other limits of the verdict, and changes to try."""
    reasons = Counter(fold["reason"] for fold in folds if "reason" in fold)
    several = len(folds) > 1 and (len(reasons) > 1 or bool(tried))
    told = [f"{count} of {len(folds)} {unit}s: {reason}" if several else reason for reason, count in reasons.items()]
    return [*told, *limits, *(tried if tried != [NOTHING] or not (told or limits) else [])]
