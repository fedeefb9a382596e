"""The metrics by name: what is known of each, and its function. Name = module: a new file is known without an edit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from configs.seats.metrics import TASKS, default_metrics, metric_files
from evaluation.metrics.metric import Metric

METRICS = {task: default_metrics(task) for task in TASKS}
"""Names of the metrics of each task that a study has without naming them, in the order in which they are shown."""


@cache
def metric_of(name: str) -> Metric:
    """What `evaluation/metrics/<name>.py` says of its metric. Raises LookupError without such a file."""
    if name not in metric_files():
        raise LookupError(f"there is no metric '{name}'")
    found: Metric = import_module(f"evaluation.metrics.{name}").METRIC
    return found


@cache
def function(name: str) -> Callable[..., float]:
    """The formula of `evaluation/metrics/<name>.py`."""
    found: Callable[..., float] = getattr(import_module(f"evaluation.metrics.{name}"), name)
    return found


def inputs(name: str) -> tuple[str, ...]:
    """What the function of a metric takes, by name; see `metric.Metric`."""
    return metric_files()[name].inputs


def per_class(names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that each class has; a multiclass task's own value is their unweighted (macro) mean."""
    return tuple(name for name in names if metric_of(name).per_class)


def of_threshold(names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names`, metrics of a binary task, that follow the threshold."""
    return tuple(name for name in names if "predicted" in inputs(name))


def of_ranking(names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that follow from the order of the rows by their scores."""
    return tuple(name for name in names if "scores" in inputs(name))


def measured(task: str, chosen: Sequence[str] = ()) -> tuple[str, ...]:
    """The metrics that a study computes: the default ones, of which much else is made, and those it names beyond."""
    return tuple(dict.fromkeys([*METRICS[task], *chosen]))


def metrics_of_run(metrics: Mapping[str, Any]) -> tuple[str, ...]:
    """The metrics that the study of a `metrics.json` names, or the default ones of its task."""
    return tuple(metrics.get("shown_metrics", METRICS[metrics["task"]]))
