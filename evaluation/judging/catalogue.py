"""The metrics by key: what is known of each, and its function. Name = module: a new file is known without an edit.

A key is a name, or a name with arguments: `auroc`, `top_k_accuracy(k=5)`; see `configs/seats/metric_keys.py`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib import import_module
from typing import Any

from configs.seats.metric_choice import Metric as Choice
from configs.seats.metric_keys import read_key
from configs.seats.metrics import TASKS, default_metrics, metric_files
from evaluation.metrics.metric import Metric

METRICS = {task: default_metrics(task) for task in TASKS}
"""Names of the metrics of each task that a study has without naming them, in the order in which they are shown."""


@cache
def metric_of(key: str) -> Metric:
    """What `evaluation/metrics/NAME.py` says of its metric, with the arguments in the label.

    Raises LookupError without such a file, or if it takes other arguments.
    """
    name, given = read_key(key)
    if name not in metric_files():
        raise LookupError(f"there is no metric '{name}'")
    try:
        arguments = Choice.model_validate({"name": name} | given).arguments
    except ValueError as error:
        raise LookupError(f"there is no metric '{key}'") from error
    found: Metric = import_module(f"evaluation.metrics.{name}").METRIC
    return replace(found, label=labelled(found.label, arguments, given))


def labelled(label: str, arguments: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """A label with its arguments: in place of `{k}`, or, without such places, those that are `given` in brackets."""
    told = label.format(**{name: _whole(value) for name, value in arguments.items()}) if arguments else label
    if told == label and given:
        told += f" ({', '.join(f'{name} {_whole(value)}' for name, value in given.items())})"
    return told


def _whole(value: Any) -> Any:
    """A real number that is a whole one as such: F2 and not F2.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def label_of(name: str) -> str:
    """What a metric is called, whatever the task: `F1`."""
    return metric_of(name).label


def name_of(name: str, task: str) -> str:
    """What a metric is called in a `task`: `F1`, or with several classes `macro F1`."""
    return f"macro {label_of(name)}" if task == "multiclass" and metric_of(name).per_class else label_of(name)


@cache
def function(key: str) -> Callable[..., float]:
    """The formula of `evaluation/metrics/NAME.py`, with the arguments of the key."""
    name, given = read_key(key)
    found: Callable[..., float] = getattr(import_module(f"evaluation.metrics.{name}"), name)
    return partial(found, **given) if given else found


def inputs(key: str) -> tuple[str, ...]:
    """What the function of a metric takes, by name; see `metric.Metric`."""
    return metric_files()[read_key(key)[0]].inputs


def in_order(keys: Iterable[str]) -> list[str]:
    """Keys in the order of the files: default metrics first; a metric with several arguments in the order given."""
    order = {name: place for place, name in enumerate(metric_files())}
    return sorted(keys, key=lambda key: order.get(read_key(key)[0], len(order)))


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
    """The keys of the metrics that the study of a `metrics.json` names, or the default ones of its task."""
    return tuple(metrics.get("shown_metrics", METRICS[metrics["task"]]))
