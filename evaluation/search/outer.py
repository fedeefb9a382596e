"""Outer score of a search as a procedure, on rows that chose no setting, and the optimism of the inner mean."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from configs.member import Member
from evaluation.comparing.paired import corrected_t_test
from evaluation.intervals.nadeau_bengio import fold_summary
from evaluation.judging.judged_rows import JudgedRows
from evaluation.keys import key_of
from evaluation.predictions import Predictions
from evaluation.search.objectives import Floats, Folds

SCORED, TESTED, NOWHERE = "out of fold", "held-out test set", "no rows"


class Outer(NamedTuple):
    """Score of the search's predictions by the objective's metric.

    Attributes:
        where: the rows: out of fold, or the held-out test set where no row is scored.
        values: of each fold, the mean over its seeds, `(folds,)`; nan where there is none.
        mean, std, low, high: over the folds with the corrected resampled t interval, see `fold_summary`; of the test
            set the ensemble's value and its interval, without a deviation. nan where undefined.
        ratio: scored rows of a fold to its training rows, on average.
    """

    where: str
    values: Floats
    mean: float
    std: float
    low: float
    high: float
    ratio: float


class Optimism(NamedTuple):
    """By how much the inner mean looks better than the outer score, with its 95 % interval; nan where unknown.

    `folds` is the number of folds that have both. Above 0, the inner mean is too good.
    """

    difference: float
    low: float
    high: float
    folds: int


def outer_score(
    metrics: Mapping[str, Any], predictions: Predictions, members: Sequence[Member], folds: Folds, metric: str
) -> Outer:
    """The score of a search's `metrics.json` and `predictions`, by the objective `metric`, fold by fold.

    It is that of `metrics.json`; a metric that it does not have is computed of the predictions, binary ones decided
    at one half. `members` are those of the fold plan, `folds` their places.
    """
    known = {key_of(fold): _scored(fold, predictions, metric) for fold in metrics["folds"] if fold["scored"]}
    keys = [[(members[place].seed, members[place].repeat, members[place].fold) for place in own] for own in folds]
    values = np.array([np.mean([known.get(key, math.nan) for key in own]) for own in keys], np.float64)
    if not known:
        return _tested(metrics, metric, values)
    rows = len(predictions.of_role("scored").row)
    ratio = rows / sum(fold["train_rows"] for fold in metrics["folds"] if fold["scored"])
    told = metrics["scored"].get(metric) or fold_summary(
        values[np.isfinite(values)].tolist() or [math.nan], ratio, metric
    )
    low, high = (_number(end) for end in told["ci95"])
    return Outer(SCORED, values, _number(told["mean"]), _number(told["std"]), low, high, ratio)


def optimism(inner: Floats, outer: Outer, falls: bool) -> Optimism:
    """Difference of the `inner` values of one setting, or of each fold's winner, `(folds,)`, and the outer ones.

    They are paired by fold, with the corrected resampled t interval, see `paired.corrected_t_test`. On a held-out test
    set, which has no folds, the difference of the means has no interval.
    """
    sign = 1 if falls else -1
    both = np.isfinite(inner) & np.isfinite(outer.values)
    if outer.where != SCORED:
        mean = inner[np.isfinite(inner)].mean() if np.isfinite(inner).any() else math.nan
        return Optimism(float(sign * (outer.mean - mean)), math.nan, math.nan, 0)
    gaps = sign * (outer.values - inner)[both]
    if len(gaps) < 2:
        return Optimism(float(gaps.mean()) if len(gaps) else math.nan, math.nan, math.nan, len(gaps))
    test = corrected_t_test(gaps, outer.ratio)
    return Optimism(test.difference, test.low, test.high, len(gaps))


def _scored(fold: Mapping[str, Any], predictions: Predictions, metric: str) -> float:
    """The metric of the scored rows of a member, an entry of `metrics.json`."""
    if metric in fold["scored"]:
        return _number(fold["scored"][metric])
    own = predictions.of_member(*key_of(fold)).of_role("scored")
    if not np.isfinite(own.logits).all():
        return math.nan
    return JudgedRows(own.logits, own.target, own.task).value(metric)


def _tested(metrics: Mapping[str, Any], metric: str, values: Floats) -> Outer:
    """The score on the held-out test set, which no trial has seen."""
    ensemble = metrics["test"].get("ensemble", {}) if metrics["test"] else {}
    interval = metrics["test"].get("intervals", {}).get(metric) or {"low": None, "high": None}
    where = TESTED if ensemble else NOWHERE
    low, high = _number(interval["low"]), _number(interval["high"])
    return Outer(where, values, _number(ensemble.get(metric)), math.nan, low, high, math.nan)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
