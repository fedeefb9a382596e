"""What the page begins with: the status, and the headline metrics of every framework with their intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.folds.names import num_folds, unit
from evaluation.intervals.dependence import cautions
from evaluation.judging.catalogue import metric_of
from evaluation.judging.judge import shown_metrics
from evaluation.keys import key_of
from evaluation.verdicts.status import LEVELS, shared_status
from reporting.page.blocks import Headline, HeadlineRow, Interval, Status
from reporting.page.numbers import brief, count, digits, methods, span
from reporting.page.part import Part, Parts, baseline_in_words, first

HEADLINE = {
    "binary": ("auroc", "average_precision", "f1", "accuracy"),
    "multiclass": ("auroc", "f1", "accuracy"),
    "regression": ("rmse", "mae", "r2"),
}
MOST = 4
Scale = tuple[float, float]


def status_blocks(parts: Parts) -> list[Status]:
    """The status of all frameworks together; nothing for a run of version 0.1, which has none."""
    items = shared_status({name: part.metrics for name, part in parts.items()})
    levels = {level: [item for item in items if item.level == level] for level in LEVELS}
    return [Status({level: own for level, own in levels.items() if own})] if items else []


def headline_metrics(parts: Parts) -> list[str]:
    """The headline metrics, in the order of the tables: the first `MOST` that a study names."""
    metrics = first(parts).metrics
    if "shown_metrics" in metrics:
        return list(shown_metrics(metrics)[:MOST])
    return [metric for metric in shown_metrics(metrics) if metric in HEADLINE[metrics["task"]]]


def headline(parts: Parts) -> Headline:
    """One row for each of `headline_metrics`: the value of every framework, and all of their intervals on one line.

    Metrics that all lie between 0 and 1 share one scale; others have different units, and each has an axis of its own
    that includes the baseline.
    """
    told, part = headline_metrics(parts), first(parts)
    shared = all(metric_of(metric).range == (0.0, 1.0) for metric in told)
    low, high = _scale(parts, told, ())
    together = (max(low, 0.0), min(high, 1.0))
    rows = []
    for metric in told:
        baseline = part.baseline.get(metric)
        scale = together if shared else _scale(parts, [metric], (baseline,))
        ends = () if shared else tuple(digits(end, 2) for end in scale)
        place = _place(baseline, scale)
        shown = place if place is not None and 0 <= place <= 100 else None
        rows.append(HeadlineRow(part.called(metric), _row(parts, metric, scale), brief(baseline), shown, ends))
    note = " ".join([_brackets(part, told), *cautions({"intervals": part.intervals}), baseline_in_words(part)])
    return Headline(_caption(part), rows, tuple(digits(end, 2) for end in together) if shared else (), note)


def _caption(part: Part) -> str:
    """The rows of the values, in words."""
    if part.metrics["out_of_fold"]:
        return "Results, pooled out-of-fold rows"
    members = len(part.metrics["folds"])
    together = f", ensemble of {part.finite or count(members, unit(part.metrics))}" if members > 1 else ""
    return f"Results, held-out test set{together}"


def _brackets(part: Part, metrics: Sequence[str]) -> str:
    told = f"In brackets: the 95 % interval ({methods(part.intervals, metrics)})."
    several = bool(part.metrics["out_of_fold"]) and len(part.metrics["folds"]) > 1
    return told + " Pooled: all rows together; below: the mean of the folds ± one standard deviation." * several


def _scale(parts: Parts, metrics: Sequence[str], more: Sequence[float | None]) -> Scale:
    """Scale that covers these intervals and the values `more`, with a small margin."""
    every = [end for part in parts.values() for metric in metrics for end in _ends(part, metric)]
    known = [end for end in (*every, *more) if end is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    margin = (high - low) / 20 or abs(high) / 20 or 0.5
    return low - margin, high + margin


def _ends(part: Part, metric: str) -> tuple[float | None, float | None, float | None]:
    value, interval = part.judged.get(metric), part.intervals.get(metric) or {"low": None, "high": None}
    return interval["low"], value, interval["high"]


def _place(value: float | None, scale: Scale) -> float | None:
    """Position on a line from 0 to 100, rounded to a tenth, which is less than a pixel."""
    return None if value is None else round(100 * (value - scale[0]) / (scale[1] - scale[0]), 1)


def _row(parts: Parts, metric: str, scale: Scale) -> list[Interval]:
    row = []
    for name, part in parts.items():
        low, middle, high = (_place(end, scale) for end in _ends(part, metric))
        width = None if low is None or high is None else round(high - low, 1)
        value, interval = brief(part.judged.get(metric)), span(part.intervals.get(metric), brief)
        row.append(Interval(name, value, interval, _mean(part.metrics["scored"].get(metric), part), middle, low, width))
    return row


def _mean(spread: Mapping[str, Any] | None, part: Part) -> str:
    """`mean of 10 folds 0.996 ± 0.006`; "" where there is none."""
    failed = [key_of(one) for one in part.metrics["failed"]]
    folds = num_folds({"folds": [fold for fold in part.metrics["folds"] if key_of(fold) not in failed]})
    if not spread or spread["mean"] is None or folds < 2:
        return ""
    deviation = "" if spread["std"] is None else f" ± {brief(spread['std'])}"
    return f"mean of {folds} folds {brief(spread['mean'])}{deviation}"
