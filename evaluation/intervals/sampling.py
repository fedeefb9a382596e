"""Sampling variability of metrics of pooled rows: 95 % intervals, the method chosen by metric and dependence.

They cover the sampling of rows alone; the variability of training is in the spread over folds. Rows of a group are
drawn together; an interval that ignores any other dependence has a caution.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import delong
from evaluation.intervals.bca import bca_interval
from evaluation.intervals.bootstrap import Counts, Units, leave_out, num_resamples, percentile_interval, resample
from evaluation.intervals.dependence import INDEPENDENT, Dependence
from evaluation.intervals.resampled import resampled_metrics
from evaluation.intervals.wilson import Ends, share_intervals
from evaluation.judging.catalogue import measured

Floats = NDArray[np.float64]
Interval = dict[str, Any]

MOST_LEFT_OUT = 2_000
"""Largest number of rows, or groups, for a BCa interval: its jackknife leaves out each in turn, and its correction
shrinks with their number."""
FEW = 0.01
"""Largest share of undefined resamples that needs no caution."""

NAN, NOTHING = float("nan"), "the metric is undefined"
SAME = "the resamples hardly differ, so these rows cannot say how far it would move"


def sampling_intervals(
    passes: Sequence[NDArray[Any]],
    targets: NDArray[Any],
    task: str,
    cuts: Sequence[float | Floats],
    dependence: Dependence = INDEPENDENT,
    chosen: Sequence[str] = (),
) -> dict[str, Interval]:
    """`{metric: {low, high, method}}`, with a `reason` where an interval is undefined or unreliable.

    The AUROC of a binary task has DeLong's interval, a share of rows Wilson's, every other metric a bootstrap interval,
    BCa where it exists. With grouped rows every metric has the latter, and whole groups are drawn (Field and Welsh,
    Journal of the Royal Statistical Society B 69, 2007). An interval of width 0 becomes nan. `caution` names a
    dependence that an interval does not fully account for.

    Args:
        passes: logits `(rows, outputs)` of one repeat each, all for the same rows; the metric is the mean over the
        passes. A resample draws the same rows in all of them, so that repeats do not count as more rows.
        targets: `(rows,)`.
        task: "binary", "multiclass" or "regression".
        cuts: thresholds of each pass, see `classification.decisions`.
        dependence: of these rows.
        chosen: metrics beyond the default ones.
    """
    names = measured(task, chosen)
    if not len(targets):
        return dict.fromkeys(names, _interval((NAN, NAN), "", "there are no rows"))
    if not all(np.isfinite(logits).all() for logits in passes):
        return dict.fromkeys(names, _interval((NAN, NAN), "", "some rows have a non-finite prediction"))
    intervals = _bootstrapped(passes, targets, task, cuts, dependence.groups, names)
    if dependence.groups is None:
        for metric, ends in share_intervals(passes, targets, task, cuts).items():
            intervals[metric] = _interval(ends, "Wilson", NOTHING if np.isnan(ends[0]) else "")
        if task == "binary":
            intervals["auroc"] = _delong(passes, targets)
    caution = {"caution": dependence.caution} if dependence.caution else {}
    return {metric: interval | caution for metric, interval in intervals.items()}


def _delong(passes: Sequence[NDArray[Any]], targets: NDArray[Any]) -> Interval:
    if min(np.sum(targets == 1), np.sum(targets == 0)) < 2:
        return _interval((NAN, NAN), "DeLong", "a class has fewer than two rows")
    parts = delong.mean_components([delong.components(logits[:, 0], targets) for logits in passes])
    if delong.standard_error(parts):
        return _interval(delong.interval(parts), "DeLong")
    reason = "the rows leave DeLong no variance to estimate, as in a perfect separation"
    return _interval(delong.interval(parts), "Newcombe", reason)


def _bootstrapped(
    passes: Sequence[NDArray[Any]],
    targets: NDArray[Any],
    task: str,
    cuts: Sequence[float | Floats],
    groups: NDArray[np.int32] | None,
    names: Sequence[str],
) -> dict[str, Interval]:
    statistic, rankings = (
        _statistic(passes, targets, task, cuts, names),
        passes[0].shape[1] if task == "multiclass" else 1,
    )
    resamples = num_resamples(len(targets), len(passes) * rankings)
    units: Units = np.arange(len(targets)) if groups is None else groups
    values = resample(statistic, units, resamples)
    ends = _bca(statistic, values, units)
    method = f"bootstrap{'' if groups is None else f' of {units.max() + 1:,} groups'}, {resamples:,} resamples"
    return {
        metric: _of_resamples(column, own, method) for metric, column, own in zip(names, values.T, ends, strict=True)
    }


def _statistic(
    passes: Sequence[NDArray[Any]],
    targets: NDArray[Any],
    task: str,
    cuts: Sequence[float | Floats],
    names: Sequence[str],
) -> Callable[[Counts], Floats]:
    """Counts `(block, rows)` -> the mean over the passes of every metric, `(block, metrics)`."""
    judges = [resampled_metrics(logits, targets, task, cut, names) for logits, cut in zip(passes, cuts, strict=True)]

    def statistic(counts: Counts) -> Floats:
        judged = [judge(counts) for judge in judges]
        return np.stack([np.mean([one[name] for one in judged], axis=0) for name in names], axis=1)

    return statistic


def _bca(statistic: Callable[[Counts], Floats], values: Floats, units: Units) -> Sequence[Ends | None]:
    """BCa interval of each metric; None where there is none, or the rows are too many to need it."""
    if units.max() >= MOST_LEFT_OUT:
        return [None] * values.shape[1]
    whole, left_out = statistic(np.ones((1, len(units)), np.int32))[0], leave_out(statistic, units)
    columns = zip(values.T, whole.tolist(), left_out.T, strict=True)
    return [bca_interval(column, estimate, without) for column, estimate, without in columns]


def _of_resamples(values: Floats, bca: Ends | None, method: str) -> Interval:
    ends = bca or percentile_interval(values)
    method = f"BCa {method}" if bca else method
    undefined = int(np.sum(~np.isfinite(values)))
    if undefined == len(values):
        return _interval(ends, method, NOTHING)
    if np.isclose(*ends, rtol=1e-9, atol=0):  # sums of equal values differ by rounding
        return _interval((NAN, NAN), method, SAME)
    told = undefined > FEW * len(values)
    return _interval(ends, method, f"undefined in {undefined:,} of the resamples, which are left out" if told else "")


def _interval(ends: Ends, method: str, reason: str = "") -> Interval:
    return {"low": ends[0], "high": ends[1], "method": method} | ({"reason": reason} if reason else {})
