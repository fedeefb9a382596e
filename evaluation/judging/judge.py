"""Metrics of rows: all of a task, exact and in float64; an undefined value is nan, never 0."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.catalogue import METRICS, measured, metrics_of_run, of_threshold, per_class
from evaluation.judging.judged_rows import JudgedRows
from evaluation.judging.undefined import why_undefined, why_undefined_of_class

Floats = NDArray[np.float64]
RARE = 0.1


def shown_metrics(metrics: Mapping[str, Any]) -> tuple[str, ...]:
    """The metrics of a `metrics.json`, in the order in which a reader should meet them.

    It is that of the study, where it names them. Else, where a class is rare (a base rate below 0.1 or above 0.9),
    average precision goes first: AUROC and accuracy look good there whatever the network does (Saito and Rehmsmeier,
    PLOS ONE 10, 2015).
    """
    if "shown_metrics" in metrics:
        return metrics_of_run(metrics)
    names = metrics_of_run(metrics)
    rate = metrics["baseline"].get("base_rate", 0.5)
    if RARE <= rate <= 1 - RARE:
        return names
    return ("average_precision", *(name for name in names if name != "average_precision"))


def judge(
    logits: NDArray[Any],
    targets: NDArray[Any],
    task: str,
    classes: tuple[str, ...] = (),
    cut: float | Floats = 0.0,
    chosen: Sequence[str] = (),
) -> dict[str, Any]:
    """Every metric of the task: logits `(rows, outputs)`, targets `(rows,)` -> `{metric: float}`.

    They are `catalogue.measured`, with the `chosen` ones. Decisions are those of `classification.decisions`, binary
    ones at `cut`. Multiclass adds `per_class: {class: {metric: float}}`. Where a value is undefined (one class only, no
    row predicted positive, non-finite logits), it is nan and `reasons: {metric: text}` says why; without such a value
    there is no `reasons`.
    """
    names = measured(task, chosen)
    if problem := _unusable(logits):
        return {**dict.fromkeys(names, float("nan")), "reasons": dict.fromkeys(names, problem)}
    known = classes or tuple(map(str, range(max(2, logits.shape[1]))))
    return _judge(JudgedRows(logits, targets, task, cut), names, known)


def judge_decisions(
    logits: NDArray[Any], targets: NDArray[Any], classes: tuple[str, ...], cut: float | Floats
) -> dict[str, Any]:
    """`judge` of a binary task, but only the metrics that follow the cut, and their `reasons`: no row is sorted."""
    names = of_threshold(METRICS["binary"])
    if problem := _unusable(logits):
        return {**dict.fromkeys(names, float("nan")), "reasons": dict.fromkeys(names, problem)}
    return _judge(JudgedRows(logits, targets, "binary", cut), names, classes)


def mean_of(judged: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Key by key mean of nested dictionaries of floats; of reasons, the first one of each metric."""
    mean: dict[str, Any] = {}
    for key in dict.fromkeys(key for one in judged for key in one):
        values = [one[key] for one in judged if key in one]
        if isinstance(values[0], Mapping):
            mean[key] = mean_of(values)
        else:
            mean[key] = values[0] if isinstance(values[0], str) else float(np.mean(values))
    return mean


def _judge(rows: JudgedRows, names: Sequence[str], classes: tuple[str, ...]) -> dict[str, Any]:
    """The metrics, `per_class` of several classes, and `reasons` where there are any."""
    if rows.task == "regression":
        judged: dict[str, Any] = {name: rows.value(name) for name in names}
        return _with_reasons(judged, {})
    of_class = per_class(names)
    values = {classes[index]: {name: rows.class_value(name, index) for name in of_class} for index in rows.classes}
    reasons: dict[str, str] = {}
    for index, (name, own) in zip(rows.classes, values.items(), strict=True):
        reasons = why_undefined_of_class(own, name, rows.targets == index) | reasons
    macro = {name: float(np.mean([own[name] for own in values.values()])) for name in of_class}
    judged = {name: macro[name] if name in macro else rows.value(name) for name in names}
    if rows.task == "multiclass":
        judged["per_class"] = values
    return _with_reasons(judged, reasons)


def _with_reasons(judged: dict[str, Any], reasons: dict[str, str]) -> dict[str, Any]:
    reasons |= why_undefined(name for name, value in judged.items() if name not in reasons and value != value)
    return judged | ({"reasons": reasons} if reasons else {})


def _unusable(logits: NDArray[Any]) -> str:
    if not len(logits):
        return "there are no rows"
    if (finite := np.isfinite(logits)).all():
        return ""
    return f"{int(np.sum(~finite.all(axis=1)))} of {len(logits)} rows have a non-finite prediction"
