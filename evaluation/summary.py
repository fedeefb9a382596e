"""Evaluation of a run in one JSON-safe dictionary: `metrics.json`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from configs.sections.evaluation import Evaluation
from evaluation.choices.calibration import calibrations
from evaluation.choices.cuts import Cuts
from evaluation.choices.thresholds import all_cuts, compare_rules
from evaluation.fits import FoldFit
from evaluation.folds.baseline import baseline
from evaluation.folds.best_fold import best_fold
from evaluation.folds.dominant import dominant_rows, reported_dominant
from evaluation.folds.ensemble import against_folds, judge_test
from evaluation.folds.failed import cautioned, failed_folds, left_out, without, without_failed
from evaluation.folds.highest_losses import worst_rows
from evaluation.folds.names import unit_of
from evaluation.folds.outliers import outliers, untested
from evaluation.folds.over_seeds import fold_values, over_seeds
from evaluation.intervals.dependence import INDEPENDENT, Dependence
from evaluation.intervals.nadeau_bengio import fold_summary
from evaluation.json_safe import json_safe
from evaluation.judging.catalogue import measured
from evaluation.judging.judge import judge
from evaluation.judging.pooled import pooled
from evaluation.keys import key_of, named
from evaluation.predictions import Predictions
from evaluation.verdicts.diagnosis import diagnose
from evaluation.verdicts.shortfalls import shortfalls
from evaluation.verdicts.status import status

NUM_WORST = 10


def summarise(
    predictions: Predictions,
    *,
    validation: Predictions,
    history: Sequence[Mapping[str, Any]],
    settings: Evaluation,
    study: str,
    framework: str,
    fits: Sequence[FoldFit],
    timing: Mapping[str, Any],
    dependence: Dependence = INDEPENDENT,
    warnings: Sequence[str] = (),
    trained_with: str = "",
    shifted_by: str = "",
) -> dict[str, Any]:
    """Evaluate every fold, their mean, the pooled out-of-fold rows and the held-out test set.

    `dependence` is that of the table's rows, `warnings` are doubts about the data, a line each;
    `trained_with` is the training loss if it is not `loss`; `shifted_by` are the weights that shift probabilities.
    The keys are those of `metrics.json`; nan becomes null, and `reasons` or `reason` beside it has the cause.

    * `folds`: one entry per fit, in the order in which every other list of folds is: key, epochs, `threshold` (binary)
      and `scored`, `{}` for a member without scored rows.
    * `scored`: `{metric: {mean, std, ci95}}` over the folds, each the mean over its seeds, see
      `intervals.fold_summary`.
    * `out_of_fold`: each row once per repeat and seed, the mean over these; with `intervals` and the
      `confusion_matrix` of all of them, see `pooled.pooled`.
    * `over_seeds`: spread by seed beside spread by fold, and the ensemble over the seeds, see `over_seeds.over_seeds`;
      absent in a study of one seed.
    * `test`: the `ensemble` of the folds' networks, with `intervals`, and the `folds`, see `ensemble.judge_test`.
    * `baseline`: the metrics of the baseline, see `baseline.baseline`.
    * `failed`: key of each failed fold, and its `reason`, see `failed.failed_folds`. All parts but `folds` and
      `diagnosis` leave them out, if others are left; the `reason` of a mean and the `caution` of an interval
      state it.
    * `best_fold`, `outliers`: the fold with the lowest validation loss, and the outlier folds; see the files of these
      names; `outliers_untested` is the reason why folds were not tested, or "". `dominant_rows` are single rows that
      make most of the loss, see `dominant.dominant_rows`.
    * `ensemble`: the ensemble against each fold alone on the test rows, see `ensemble.against_folds`.
    * `thresholds`: the metrics of decisions at other thresholds, see `thresholds.compare_rules`. Decisions
      everywhere else follow `settings.threshold`.
    * `calibration`: calibration of the probabilities, see `calibration.calibrations`.
    * `worst_rows`: the highest-loss out-of-fold rows, or test rows where none is scored, see
      `highest_losses.worst_rows`.
    * `diagnosis`: underfit, good fit or overfit, see `diagnosis.diagnose`; the baseline's loss is that of `baseline`.
    * `status`: failures and warnings about the run, the worst first, see `status.status`.
    * `timing`: as measured by the framework's child process.
    * `trained_with`: what training rows are measured by, where the `loss` of all others is another one.
    * `shown_metrics`: those that `settings` names, if it does; they are in all of the above, beside the default ones.
    """
    failed = failed_folds(predictions, fits)
    caution = left_out(len(failed), len(fits), unit_of(fit.seed for fit in fits))
    parts = {role: predictions.of_role(role) for role in ("scored", "test")}
    scored, test = (without(part, failed) for part in parts.values())
    usable = without_failed(validation, failed)
    rules = all_cuts(usable, [fit.key for fit in fits], settings)
    cuts = next(iter(rules.values()))
    chosen = settings.shown_metrics
    judged = [_judge_member(parts, fit, cuts, place, chosen) for place, fit in enumerate(fits)]
    finite = [fold for fold in judged if key_of(fold) not in failed] or judged
    guess = baseline(scored, validation, test, fits, chosen)
    tested = judge_test(test, cuts.ensemble, finite, dependence, chosen)
    shown = scored if len(scored.row) else test
    dominant = dominant_rows(shown, _loss_of(guess))
    report = {
        "study": study,
        "framework": framework,
        "task": predictions.task,
        "classes": list(predictions.classes),
        "folds": [{key: fold[key] for key in fold if key != "test"} for fold in judged],
        "scored": _over_folds(finite, scored, caution, chosen),
        "out_of_fold": cautioned(pooled(scored, cuts, dependence, chosen), caution),
        "test": cautioned(tested, caution),
        "baseline": guess,
        "failed": [named(key) | {"reason": reason} for key, reason in failed.items()],
        "best_fold": best_fold(usable, [fold for fold in judged if key_of(fold) not in failed]),
        "outliers": outliers(finite, scored, cuts, dependence.independent, dominant, chosen),
        "outliers_untested": untested(finite, scored),
        "dominant_rows": reported_dominant(shown, dominant),
        "ensemble": against_folds(tested, predictions.task, chosen),
        "thresholds": compare_rules(rules, scored, test, settings),
        "calibration": calibrations(scored, test, usable, cuts.keys, shifted_by),
        "worst_rows": worst_rows(shown, cuts.of_rows(shown), NUM_WORST),
        "timing": dict(timing),
    }
    report |= ({"shown_metrics": list(chosen)} if chosen else {}) | (
        {"trained_with": trained_with} if trained_with else {}
    )
    if several := over_seeds(finite, scored, test, cuts, dependence, chosen):
        report["over_seeds"] = several | {"out_of_fold": cautioned(several["out_of_fold"], caution)}
    safe: dict[str, Any] = json_safe(report)
    fit = diagnose(history, fits, predictions.task, _loss_of(guess), failed, shortfalls(safe), trained_with)
    safe["diagnosis"] = json_safe(fit)
    return safe | {"status": [one._asdict() for one in status(safe, warnings)]}


def _judge_member(
    parts: Mapping[str, Predictions], fit: FoldFit, cuts: Cuts, place: int, chosen: Sequence[str]
) -> dict[str, Any]:
    """Key and training record of a member, and the metrics of its rows by role."""
    told: dict[str, Any] = {
        "repeat": fit.repeat,
        "fold": fit.fold,
        "seed": fit.seed,
        "best_epoch": fit.best_epoch,
        "epochs": fit.epochs,
        "train_rows": fit.train_rows,
    }
    if parts["scored"].task == "binary":
        told["threshold"] = cuts.probabilities[place]
    cut = float(cuts.values[place])
    return told | {role: _judge(part.of_member(*fit.key), cut, chosen) for role, part in parts.items()}


def _judge(rows: Predictions, cut: float, chosen: Sequence[str]) -> dict[str, Any]:
    """`judge` for these rows; `{}` where there are none."""
    return judge(rows.logits, rows.target, rows.task, rows.classes, cut, chosen) if len(rows.row) else {}


def _loss_of(guess: Mapping[str, Any]) -> float:
    """The loss of the baseline over the folds, or on the held-out test set where no row is scored."""
    return float((guess.get("scored") or guess.get("test") or {}).get("loss", float("nan")))


def _over_folds(
    folds: Sequence[Mapping[str, Any]], scored: Predictions, caution: str, chosen: Sequence[str]
) -> dict[str, Any]:
    """`fold_summary` of every metric over the folds with `scored` rows, means over their seeds; `{}` if none has."""
    judged = [fold for fold in folds if fold["scored"]]
    if not judged:
        return {}
    ratio = len(scored.row) / float(np.sum([fold["train_rows"] for fold in judged]))
    told = {"reason": caution} if caution else {}
    return {
        metric: told | fold_summary(fold_values(judged, metric).tolist(), ratio, metric)
        for metric in measured(scored.task, chosen)
    }
