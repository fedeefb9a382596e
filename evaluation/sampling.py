"""How far a metric of pooled rows would move with other rows from the same source: 95 % intervals.

They are about the rows alone. How much the training matters is in the spread over folds. Rows of a group are drawn
together, since they are alike; of other dependence an interval knows nothing and says so.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation import delong
from evaluation.bca import bca_interval
from evaluation.bootstrap import Counts, leave_out, num_resamples, percentile_interval, resample, resample_groups
from evaluation.dependence import INDEPENDENT, Dependence
from evaluation.metrics import METRICS
from evaluation.resampled import resampled_metrics

Floats = NDArray[np.float64]
Interval = dict[str, Any]

STRATIFIED = "stratified bootstrap"
MOST_LEFT_OUT = 2_000
"""Rows, or groups, up to which a bootstrap interval is corrected: it takes each of them out in turn, and matters less
the more there are."""


def sampling_intervals(
    passes: Sequence[NDArray[Any]],
    targets: NDArray[Any],
    task: str,
    cuts: Sequence[float | Floats],
    dependence: Dependence = INDEPENDENT,
) -> dict[str, Interval]:
    """`{metric: {low, high, method}}`, with a `reason` where an interval is undefined or says little.

    The AUROC of a binary task has DeLong's interval, every other metric that of its bootstrap resamples, `bca` if they
    allow it. In rows of groups every metric has the latter, and whole groups are drawn (Field and Welsh, Journal of the
    Royal Statistical Society B 69, 2007). `caution` says of what dependence an interval knows too little.

    Args:
        passes: logits `(rows, outputs)` of one repeat each, all for the same rows; the metric is the mean over the
            passes. A row that is drawn is drawn in all of them, so that repeats do not pass for more rows.
        targets: `(rows,)`.
        task: "binary", "multiclass" or "regression".
        cuts: of each pass, see `classification.decisions`.
        dependence: of these rows.
    """
    if not all(np.isfinite(logits).all() for logits in passes):
        nothing = {"low": float("nan"), "high": float("nan"), "reason": "some rows have a non-finite prediction"}
        return {metric: {**nothing, "method": ""} for metric in METRICS[task]}
    intervals = _bootstrapped(passes, targets, task, cuts, dependence.groups)
    if task == "binary" and dependence.groups is None:
        intervals["auroc"] = _delong(passes, targets)
    caution = {"caution": dependence.caution} if dependence.caution else {}
    return {metric: interval | caution for metric, interval in intervals.items()}


def _delong(passes: Sequence[NDArray[Any]], targets: NDArray[Any]) -> Interval:
    method = "DeLong"
    if min(np.sum(targets == 1), np.sum(targets == 0)) < 2:
        low, high, reason = float("nan"), float("nan"), "a class has fewer than two rows"
    else:
        parts = delong.mean_components([delong.components(logits[:, 0], targets) for logits in passes])
        low, high = delong.interval(parts)
        reason = ""
        if not delong.standard_error(parts):
            method, reason = "Newcombe", "the rows leave DeLong no variance to estimate, as in a perfect separation"
    return {"low": low, "high": high, "method": method} | ({"reason": reason} if reason else {})


def _bootstrapped(
    passes: Sequence[NDArray[Any]],
    targets: NDArray[Any],
    task: str,
    cuts: Sequence[float | Floats],
    groups: NDArray[np.int32] | None,
) -> dict[str, Interval]:
    statistic, rankings = _statistic(passes, targets, task, cuts), passes[0].shape[1] if task == "multiclass" else 1
    resamples = num_resamples(len(targets), len(passes) * rankings)
    units: NDArray[Any] = np.arange(len(targets)) if groups is None else groups
    if groups is None:
        strata = np.zeros(len(targets)) if task == "regression" else targets
        values, name = resample(statistic, strata, resamples), "bootstrap" if task == "regression" else STRATIFIED
    else:
        strata = np.zeros(groups.max() + 1)
        values, name = resample_groups(statistic, groups, resamples), f"bootstrap of {len(strata):,} groups"
    ends = _bca(statistic, values, units, strata)
    method = f"{name}, {resamples:,} resamples"
    return {
        metric: _interval(column, own, method)
        for metric, column, own in zip(METRICS[task], values.T, ends, strict=True)
    }


def _statistic(
    passes: Sequence[NDArray[Any]], targets: NDArray[Any], task: str, cuts: Sequence[float | Floats]
) -> Callable[[Counts], Floats]:
    """Counts `(block, rows)` -> the mean over the passes of every metric, `(block, metrics)`."""
    judges = [resampled_metrics(logits, targets, task, cut) for logits, cut in zip(passes, cuts, strict=True)]

    def statistic(counts: Counts) -> Floats:
        judged = [judge(counts) for judge in judges]
        return np.stack([np.mean([one[name] for one in judged], axis=0) for name in METRICS[task]], axis=1)

    return statistic


def _bca(
    statistic: Callable[[Counts], Floats], values: Floats, units: NDArray[Any], strata: NDArray[Any]
) -> Sequence[tuple[float, float] | None]:
    """The better interval of each metric; None where there is none, or rows enough to do without."""
    if len(strata) > MOST_LEFT_OUT:
        return [None] * values.shape[1]
    whole, left_out = statistic(np.ones((1, len(units)), np.int32))[0], leave_out(statistic, units)
    columns = zip(values.T, whole.tolist(), left_out.T, strict=True)
    return [bca_interval(column, estimate, without, strata) for column, estimate, without in columns]


def _interval(values: Floats, bca: tuple[float, float] | None, method: str) -> Interval:
    low, high = bca or percentile_interval(values)
    undefined = int(np.sum(~np.isfinite(values)))
    reason = f"undefined in {undefined:,} of the resamples, which are left out" if undefined else ""
    told = {"low": low, "high": high, "method": method.replace("bootstrap", "BCa bootstrap") if bca else method}
    return told | ({"reason": reason} if reason else {})
