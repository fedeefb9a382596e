"""How far a metric of pooled rows would move with other rows from the same source: 95 % intervals.

They are about the rows alone. How much the training matters is in the spread over folds. Rows of a group are drawn
together, since they are alike; of other dependence an interval knows nothing and says so.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation import delong
from evaluation.bootstrap import Counts, num_resamples, percentile_interval, resample, resample_groups
from evaluation.dependence import INDEPENDENT, Dependence
from evaluation.metrics import METRICS
from evaluation.resampled import resampled_metrics

Floats = NDArray[np.float64]
Interval = dict[str, Any]


def sampling_intervals(
    passes: Sequence[NDArray[Any]],
    targets: NDArray[Any],
    task: str,
    cuts: Sequence[float | Floats],
    dependence: Dependence = INDEPENDENT,
) -> dict[str, Interval]:
    """`{metric: {low, high, method}}`, with a `reason` where an interval is undefined or says little.

    The AUROC of a binary task has DeLong's interval, every other metric the middle 95 % of its bootstrap resamples. In
    rows of groups every metric has the latter, and whole groups are drawn (Field and Welsh, Journal of the Royal
    Statistical Society B 69, 2007). `caution` says of what dependence an interval knows too little.

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
    if min(np.sum(targets == 1), np.sum(targets == 0)) < 2:
        low, high, reason = float("nan"), float("nan"), "a class has fewer than two rows"
    else:
        parts = delong.mean_components([delong.components(logits[:, 0], targets) for logits in passes])
        low, high = delong.interval(parts)
        reason = "the classes are separated perfectly, which leaves no variance to estimate" if low == high else ""
    return {"low": low, "high": high, "method": "DeLong"} | ({"reason": reason} if reason else {})


def _bootstrapped(
    passes: Sequence[NDArray[Any]],
    targets: NDArray[Any],
    task: str,
    cuts: Sequence[float | Floats],
    groups: NDArray[np.int32] | None,
) -> dict[str, Interval]:
    judges = [resampled_metrics(logits, targets, task, cut) for logits, cut in zip(passes, cuts, strict=True)]
    rankings = len(passes) * (passes[0].shape[1] if task == "multiclass" else 1)
    resamples, names = num_resamples(len(targets), rankings), METRICS[task]

    def statistic(counts: Counts) -> Floats:
        judged = [judge(counts) for judge in judges]
        return np.stack([np.mean([one[name] for one in judged], axis=0) for name in names], axis=1)

    if groups is None:
        values = resample(statistic, np.zeros(len(targets)) if task == "regression" else targets, resamples)
        method = f"{'' if task == 'regression' else 'stratified '}bootstrap, {resamples:,} resamples"
    else:
        values = resample_groups(statistic, groups, resamples)
        method = f"bootstrap of {groups.max() + 1:,} groups, {resamples:,} resamples"
    return {name: _interval(column, method) for name, column in zip(names, values.T, strict=True)}


def _interval(values: Floats, method: str) -> Interval:
    low, high = percentile_interval(values)
    undefined = int(np.sum(~np.isfinite(values)))
    reason = f"undefined in {undefined:,} of the resamples, which are left out" if undefined else ""
    return {"low": low, "high": high, "method": method} | ({"reason": reason} if reason else {})
