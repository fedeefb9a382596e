"""Shortfalls: metrics that are no better than the baseline, and classes that are hardly ever predicted."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from evaluation.choices.cuts import DEFAULT
from evaluation.decimals import decimals
from evaluation.judging.catalogue import label_of, metric_of

Metrics = Mapping[str, Any]

CLASSIFICATION = ("loss", "auroc", "average_precision", "accuracy", "brier")
COMPARED = {"binary": CLASSIFICATION, "multiclass": CLASSIFICATION, "regression": ("rmse", "mae")}
"""Metrics in which the baseline is a lower bound of a useful model; its recall, F1 or precision may be any value."""
RARELY = 0.1
"""A class with a smaller recall is hardly ever predicted."""


class Item(NamedTuple):
    """One line of a status: its level, its subject, and a cure where there is one; see `status.status`."""

    level: str
    about: str
    text: str
    cure: str = ""

    @property
    def line(self) -> str:
        """Text and cure as one line."""
        return f"{self.text}: {self.cure}" if self.cure else self.text


def shortfalls(metrics: Metrics) -> list[Item]:
    """Metrics that do not reach the baseline, or whose interval contains it, and classes with a recall near zero.

    `metrics` has `task`, `classes`, `out_of_fold`, `test`, `baseline` and `thresholds` as in `metrics.json`. An
    interval on the held-out test set is a note where rows are scored out of fold, which are more.
    """
    places = list(_places(metrics))
    return [item for place in places for item in _against_baseline(metrics, *place)] + [
        item for place in places[:1] for item in _hardly_predicted(metrics, *place)
    ]


def _against_baseline(metrics: Metrics, place: str, where: str) -> Iterator[Item]:
    judged, intervals, baseline = *_of_place(metrics, place), metrics["baseline"][place]
    worse, unsure = [], []
    for metric in COMPARED[metrics["task"]]:
        value, least = judged.get(metric), baseline.get(metric)
        if value is None or least is None:
            continue
        if (value >= least) if metric_of(metric).falls else (value <= least):
            worse.append(f"{label_of(metric)} ({decimals(value, 3)}, baseline {decimals(least, 3)})")
        elif _holds(interval := intervals.get(metric, {}), least):
            ends = f"{decimals(interval['low'], 3)} to {decimals(interval['high'], 3)}"
            unsure.append(f"{label_of(metric)} ({ends}, baseline {decimals(least, 3)})")
    if worse:
        yield Item("warning", "baseline", f"{where}: not better than the baseline in {', '.join(worse)}")
    if unsure:
        level = "note" if place == "test" and metrics["out_of_fold"] else "warning"
        yield Item(level, "baseline", f"{where}: the 95 % interval contains the baseline in {', '.join(unsure)}")


def _places(metrics: Metrics) -> Iterator[tuple[str, str]]:
    """The parts that the metrics have, and their names in a sentence."""
    for place, where in (("out_of_fold", "out of fold"), ("test", "held-out test set")):
        if metrics[place]:
            yield place, where


def _of_place(metrics: Metrics, place: str) -> tuple[Metrics, Metrics]:
    """The values of a part, and their intervals."""
    part = metrics[place]
    return (part["ensemble"] if place == "test" else part), part.get("intervals", {})


def _holds(interval: Metrics, value: float) -> bool:
    return interval.get("low") is not None and interval["low"] <= value <= interval["high"]


def _hardly_predicted(metrics: Metrics, place: str, where: str) -> list[Item]:
    """Classes with a recall near zero."""
    recalls = _recalls(_of_place(metrics, place)[0], metrics)
    told = [f"'{name}' (recall {decimals(recall, 3)})" for name, recall in recalls.items() if recall < RARELY]
    return [Item("warning", "recall", f"{where}: hardly ever predicted: {', '.join(told)}", _cut(metrics))] * bool(told)


def _recalls(judged: Metrics, metrics: Metrics) -> dict[str, float]:
    """Recall of each class, where it is defined."""
    classes = metrics["classes"]
    if metrics["task"] == "binary":
        known = {classes[0]: judged.get("specificity"), classes[1]: judged.get("recall")}
    else:
        known = {name: one.get("recall") for name, one in judged.get("per_class", {}).items()}
    return {name: recall for name, recall in known.items() if recall is not None}


def _cut(metrics: Metrics) -> str:
    """Advice to choose another threshold, for a binary study at 0.5."""
    rule = (metrics["thresholds"] or {}).get("rule")
    return "evaluation.threshold=f1 chooses the threshold on the validation rows" if rule == DEFAULT else ""
