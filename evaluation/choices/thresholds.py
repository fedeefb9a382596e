"""Comparison of the rules that choose a decision threshold: F1, Youden's J, minimum expected cost, 0.5."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from configs.sections.evaluation import Evaluation
from evaluation.choices.cuts import DEFAULT, RULES, Cuts, choose_by_rules
from evaluation.folds.ensemble import ensemble
from evaluation.judging.judge import judge_decisions, mean_of
from evaluation.judging.pooled import passes
from evaluation.keys import Key
from evaluation.predictions import Predictions

Judged = dict[str, Any]
Floats = NDArray[np.float64]


def all_cuts(validation: Predictions, keys: Sequence[Key], settings: Evaluation) -> dict[str, Cuts]:
    """The cuts of the study's rule (first), of 0.5 and of every rule that chooses on validation rows.

    Only a binary task has any other than 0.5.
    """
    names = [str(settings.threshold), DEFAULT, *RULES] if validation.task == "binary" else [DEFAULT]
    return choose_by_rules(validation, keys, list(dict.fromkeys(names)), settings.cost_ratio)


def compare_rules(cuts: dict[str, Cuts], scored: Predictions, test: Predictions, settings: Evaluation) -> Judged:
    """The study's `rule`, `cost_ratio`, and for each of `rules` its thresholds and the metrics of the decisions.

    `folds` are the members' thresholds, as probabilities, `ensemble` their mean and `ensemble_log_odds` the same with
    all digits (infinite, so null in JSON, where every row is predicted positive or none; `ensemble` is then 0 or 1);
    `scored` is the mean over the folds of f1, precision, recall, specificity and accuracy, `out_of_fold` is pooled,
    `test` is the ensemble's. `reasons` maps the place of a fold whose threshold is not the rule's to the cause. `{}`
    where the task is not binary.
    """
    if scored.task != "binary":
        return {}
    rules, keys = {}, next(iter(cuts.values())).keys
    folds = {place: rows for place, key in enumerate(keys) if len((rows := scored.of_member(*key)).row)}
    tested = ensemble(test) if len(test.row) else None
    for name, one in cuts.items():
        rules[name] = {
            "folds": one.probabilities,
            "ensemble": float(expit(one.ensemble)),
            "ensemble_log_odds": one.ensemble,
            "scored": mean_of([_decided(rows, float(one.values[place])) for place, rows in folds.items()]),
            "out_of_fold": mean_of([_decided(rows, one.of_rows(rows)) for rows in passes(scored)]),
            "test": judge_decisions(*tested, test.classes, one.ensemble) if tested else {},
        } | ({"reasons": {str(place): why for place, why in one.reasons.items()}} if one.reasons else {})
    return {"rule": next(iter(cuts)), "cost_ratio": settings.cost_ratio, "rules": rules}


def _decided(rows: Predictions, cut: float | Floats) -> Judged:
    return judge_decisions(rows.logits, rows.target, rows.classes, cut)


def chosen_threshold(metrics: Mapping[str, Any]) -> str:
    """The rule of the study and the mean threshold, if the rule is not 0.5."""
    chosen = metrics["thresholds"]
    if not chosen or chosen["rule"] == DEFAULT:
        return ""
    mean = chosen["rules"][chosen["rule"]]["ensemble"]
    if mean is None:
        return str(chosen["rule"])
    return f"{chosen['rule']}: {mean:.3f}" if chosen["rule"].isalnum() else f"{mean:.3f}"
