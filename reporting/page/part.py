"""One framework's part of a report: metrics, predictions and training history, and their figures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from matplotlib.figure import Figure

from configs.shown import all_shown
from evaluation.folds.names import names_of, unit
from evaluation.judging.catalogue import name_of
from evaluation.keys import place_of
from evaluation.predictions import Predictions
from reporting.figures.study import study_figures
from reporting.page.numbers import percent, significant

Metrics = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Part:
    """`metrics.json` of one framework, the predictions behind it, and the lines of `history.jsonl`.

    `importance` is its `importance.json`; `{}` where it was not measured. `dropout` is whether the training losses were
    measured with dropout on.
    """

    metrics: Metrics
    predictions: Predictions
    history: Sequence[Metrics]
    importance: Metrics = field(default_factory=dict)
    dropout: bool = False

    def shown(self) -> "Part":
        """The part with every text safe to print; the same one each time."""
        return self._shown

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """TensorBoard tag -> figure, in display order: made once, for the event files and for the page."""
        return study_figures(self.predictions, self.metrics, self.history, self.dropout)

    @cached_property
    def _shown(self) -> "Part":
        metrics, importance = all_shown(self.metrics), all_shown(self.importance)
        return replace(self, metrics=metrics, predictions=self.predictions.shown(), importance=importance)

    @property
    def judged(self) -> Metrics:
        """The main results: of the pooled out-of-fold rows, or of the held-out test set if no row is scored."""
        known: Metrics = self.metrics["out_of_fold"] or self.metrics["test"].get("ensemble", {})
        return known

    @property
    def intervals(self) -> Metrics:
        """The interval of each metric of `judged`."""
        known: Metrics = (self.metrics["out_of_fold"] or self.metrics["test"]).get("intervals", {})
        return known

    @property
    def baseline(self) -> Metrics:
        """Metrics of the baseline on the rows of `judged`."""
        known: Metrics = self.metrics["baseline"].get("out_of_fold" if self.metrics["out_of_fold"] else "test", {})
        return known

    @property
    def finite(self) -> str:
        """`3 of 4 folds`, where the others have no finite predictions and are left out; else ""."""
        failed, folds = len(self.metrics["failed"]), len(self.metrics["folds"])
        return f"{folds - failed} of {folds} {unit(self.metrics)}s" if failed else ""

    def called(self, metric: str) -> str:
        """Name of a metric in this task: `F1`, or `macro F1`."""
        return name_of(metric, self.metrics["task"])

    def name(self, entry: Metrics) -> str:
        """Name of the fold of an entry with `seed`, `repeat` and `fold`, or of all its seeds: `fold_03`."""
        return names_of(self.metrics)[place_of(entry)]


Parts = Mapping[str, Part]
Built = TypeVar("Built")
BOTH = "both frameworks"


def first(parts: Parts) -> Part:
    """The first part, for properties that all frameworks share, such as task and classes."""
    return next(iter(parts.values()))


def once(parts: Parts, build: Callable[[Parts], Built]) -> Built:
    """The result of `build` for all frameworks; for one named `BOTH`, where the results of all are equal."""
    alone = [build({BOTH: part}) for part in parts.values()]
    return alone[0] if len(alone) > 1 and all(one == alone[0] for one in alone[1:]) else build(parts)


def fold_keys(parts: Parts) -> dict[tuple[int, int], str]:
    """Name of each fold, by (repeat, fold)."""
    return {(key[-2], key[-1]): name for key, name in names_of(first(parts).metrics).items()}


def where(parts: Parts) -> str:
    """The rows of `judged`, in words."""
    return "out of fold" if first(parts).metrics["out_of_fold"] else "held-out test set"


def lines_of_each(parts: Parts, say: Callable[[Part], str]) -> list[str]:
    """One line for each framework, "" left out; a single line if all are equal."""
    lines = {name: said for name, part in parts.items() if (said := say(part))}
    if len(lines) == len(parts) and len(set(lines.values())) == 1:
        return list(lines.values())[:1]
    return [f"{name}: {line}" for name, line in lines.items()]


def baseline_in_words(part: Part) -> str:
    """Description of the baseline, in a sentence."""
    baseline = part.metrics["baseline"]
    if "mean" in baseline:
        return f"Baseline: the mean of the target, {significant(baseline['mean'], 4)}."
    majority, task = baseline["majority_class"], part.metrics["task"]
    counted = part.metrics["classes"][1] if task == "binary" else majority
    return f"Baseline: the majority class, {majority}; prevalence of {counted}: {percent(baseline['base_rate'])}."
