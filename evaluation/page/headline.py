"""What is read first: the most telling metrics of every framework, each with its interval, beside a guess."""

from collections.abc import Sequence

from evaluation.dependence import cautions
from evaluation.metric_names import NAMES
from evaluation.metrics import shown_metrics
from evaluation.page.blocks import Headline, Interval
from evaluation.page.numbers import brief, digits, methods, span
from evaluation.page.part import Part, Parts, first, guess_in_words, where

TOLD = {
    "binary": ("auroc", "average_precision", "f1", "accuracy"),
    "multiclass": ("auroc", "f1", "accuracy"),
    "regression": ("rmse", "mae", "r2"),
}


def told_metrics(parts: Parts) -> list[str]:
    """The metrics that the page is short about, in the order of its tables."""
    metrics = first(parts).metrics
    return [metric for metric in shown_metrics(metrics) if metric in TOLD[metrics["task"]]]


def headline(parts: Parts) -> Headline:
    """One row for each of `told_metrics`: the value of every framework, and all of their intervals on one line.

    The metrics of a classification share one scale, from 0 to 1; those of a regression have different units.
    """
    told, part = told_metrics(parts), first(parts)
    shared = part.metrics["task"] != "regression"
    low, high = _scale(parts, told)
    rows = []
    for metric in told:
        scale = (max(low, 0.0), min(high, 1.0)) if shared else _scale(parts, [metric])
        rows.append((NAMES[metric], _row(parts, metric, scale), brief(part.guess.get(metric))))
    ends = (digits(max(low, 0.0), 2), digits(min(high, 1.0), 2)) if shared else ()
    known = f"In brackets: the 95 % interval ({methods(part.intervals)})."
    note = " ".join([known, *cautions({"intervals": part.intervals}), guess_in_words(part)])
    return Headline(f"Results, {where(parts)}", rows, ends, note)


def _scale(parts: Parts, metrics: Sequence[str]) -> tuple[float, float]:
    """From the lowest to the highest end of these intervals, and a little further."""
    every = [end for part in parts.values() for metric in metrics for end in _ends(part, metric) if end is not None]
    low, high = min(every, default=0.0), max(every, default=1.0)
    margin = (high - low) / 20 or 0.5
    return low - margin, high + margin


def _ends(part: Part, metric: str) -> tuple[float | None, float | None, float | None]:
    value, interval = part.judged.get(metric), part.intervals.get(metric) or {"low": None, "high": None}
    return interval["low"], value, interval["high"]


def _row(parts: Parts, metric: str, scale: tuple[float, float]) -> list[Interval]:
    row = []
    for name, part in parts.items():
        ends = _ends(part, metric)
        low, middle, high = (None if end is None else round(100 * (end - scale[0]) / (scale[1] - scale[0]), 2)
                             for end in ends)  # fmt: skip
        width = None if low is None or high is None else round(high - low, 2)
        row.append(Interval(name, brief(ends[1]), span(part.intervals.get(metric), brief), middle, low, width))
    return row
