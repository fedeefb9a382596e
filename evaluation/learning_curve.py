"""Learning curve: score against the number of training rows, of the scored rows and of the training rows themselves."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from configs.sections.evaluation import Evaluation
from evaluation.choices.cuts import Cuts, choose_cuts
from evaluation.comparing.paired import corrected_t_test
from evaluation.decimals import decimals, percentage
from evaluation.fits import FoldFit
from evaluation.folds.failed import failed_folds
from evaluation.intervals.nadeau_bengio import fold_summary
from evaluation.json_safe import json_safe
from evaluation.judging.catalogue import METRICS, metric_of, name_of
from evaluation.judging.judge import judge
from evaluation.keys import Key
from evaluation.predictions import Predictions

Floats = NDArray[np.float64]
Fold = tuple[int, int]
ROPE = 0.01
"""Largest change between two sizes that is none: of a metric up to 1 as it is, else as a share of its mean."""
RISES, LEVEL, FALLS, UNCLEAR = "rises", "level", "falls", "unclear"


class Sized(NamedTuple):
    """Results of a learner with one share of the training rows.

    Attributes:
        size: the share.
        predictions: scored and test rows.
        validation, training: the others.
        fits: of each member.
    """

    size: float
    predictions: Predictions
    validation: Predictions
    training: Predictions
    fits: Sequence[FoldFit]


def learning_curve(sizes: Sequence[Sized], settings: Evaluation) -> dict[str, Any]:
    """The curve of one learner, of `sizes` in ascending order; only folds that failed at no size count.

    Returns:
        `task`, `metrics`, the `rows` that score (`scored`, or `test` where none is), `folds` (repeat and fold),
        `failed` (their number), `sizes`: for each its share, the `fewest` and `most` training rows, their `mean_rows`,
        and by metric `scored` and `training`, each `{mean, std, ci95, folds}`; and the `answer` by metric, see
        `last_step`. nan becomes null.
    """
    task = sizes[0].predictions.task
    metrics = settings.shown_metrics or METRICS[task]
    role = "scored" if len(sizes[0].predictions.of_role("scored").row) else "test"
    keys = [fit.key for fit in sizes[0].fits]
    failed = {key for one in sizes for key in failed_folds(one.predictions, one.fits)}
    kept = [key for key in keys if key not in failed and len(sizes[0].predictions.of_role(role).of_member(*key).row)]
    folds = sorted({key[1:] for key in kept})
    points = [_point(one, role, kept, folds, metrics, settings) for one in sizes]
    answer = {metric: last_step(points, metric, task) for metric in metrics}
    told = [{"repeat": repeat, "fold": fold} for repeat, fold in folds]
    return json_safe(
        {"task": task, "metrics": list(metrics), "rows": role, "folds": told, "failed": len(failed), "sizes": points}
        | {"answer": answer}
    )


def main_metric(curve: Mapping[str, Any]) -> str:
    """The first metric of a curve besides the loss; the loss where it is the only one."""
    return next((name for name in curve["metrics"] if name != "loss"), "loss")


def _point(
    one: Sized, role: str, keys: Sequence[Key], folds: Sequence[Fold], metrics: Sequence[str], settings: Evaluation
) -> dict[str, Any]:
    cuts = choose_cuts(one.validation, keys, str(settings.threshold), settings.cost_ratio)
    rows, scored = [fit.train_rows for fit in one.fits if fit.key in set(keys)], one.predictions.of_role(role)
    judged = {
        "scored": _judged(scored, cuts, settings.shown_metrics),
        "training": _judged(one.training, cuts, settings.shown_metrics),
    }
    ratio = sum(len(scored.of_member(*key).row) for key in keys) / max(1, sum(rows))
    found: dict[str, Any] = {
        "size": one.size,
        "fewest": min(rows, default=0),
        "most": max(rows, default=0),
        "mean_rows": float(np.mean(rows)) if rows else float("nan"),
        "ratio": ratio,
    }
    for metric in metrics:
        found[metric] = {}
        for part, values in judged.items():
            of_folds = [float(np.mean([own[metric] for key, own in values.items() if key[1:] == one])) for one in folds]
            summary = (
                fold_summary(of_folds, ratio, metric) if folds else {"mean": float("nan"), "ci95": [float("nan")] * 2}
            )
            found[metric][part] = summary | {"folds": of_folds}
    return found


def _judged(rows: Predictions, cuts: Cuts, chosen: Sequence[str]) -> dict[Key, dict[str, Any]]:
    """Every metric of each member's rows."""
    found = {}
    for key, cut in zip(cuts.keys, cuts.values.tolist(), strict=True):
        own = rows.of_member(*key)
        found[key] = judge(own.logits, own.target, own.task, own.classes, cut, chosen)
    return found


def last_step(points: Sequence[Mapping[str, Any]], metric: str, task: str) -> dict[str, Any]:
    """How much better a metric got from the last size but one to the whole, by the same folds, and what that means.

    Returns:
        `gain` (above 0 is better), `low` and `high` of its 95 % interval (corrected resampled t test), `verdict`:
        `rises`, `level`, `falls` or `unclear`; and the `sentence`.
    """
    before, last = points[-2:]
    values = [np.array(one[metric]["scored"]["folds"], np.float64) for one in (before, last)]
    name, nan = name_of(metric, task), float("nan")
    none = {"gain": nan, "low": nan, "high": nan, "verdict": UNCLEAR}
    if len(values[0]) < 2 or np.isnan(values).any():
        why = "one fold has no spread" if len(values[0]) < 2 else f"{name} is undefined in a fold"
        return none | {"sentence": f"Whether more rows would help cannot be said: {why}."}
    test = corrected_t_test((values[1] - values[0]) * (-1 if metric_of(metric).falls else 1), before["ratio"])
    verdict = verdict_of(test.low, test.high, ROPE * _scale(metric, values[1]))
    rows = [f"{round(one['mean_rows']):,}" for one in (before, last)]
    shares = " to ".join(percentage(one["size"], 0) for one in (before, last))
    step = f"From {rows[0]} to {rows[1]} training rows ({shares}) {name} improves by"
    numbers = f"{step} {decimals(test.difference, 4)} (95 % {decimals(test.low, 4)} to {decimals(test.high, 4)})"
    told = {"gain": test.difference, "low": test.low, "high": test.high, "verdict": verdict}
    return told | {"sentence": f"{numbers}: {MEANING[verdict]}."}


MEANING = {
    RISES: "more rows like these would probably help",
    LEVEL: "the curve has levelled off, so more rows like these would hardly help this network",
    FALLS: "it gets worse with more rows, so look at the data before adding to it",
    UNCLEAR: "these folds cannot tell whether more rows would help",
}


def verdict_of(low: float, high: float, rope: float) -> str:
    """What an interval of the last gain means; a change within `rope` is none."""
    if max(abs(low), abs(high)) <= rope:
        return LEVEL
    if low > 0:
        return RISES
    return FALLS if high < 0 else UNCLEAR


def _scale(metric: str, values: Floats) -> float:
    return 1.0 if metric_of(metric).natural_scale else float(np.abs(values).mean())
