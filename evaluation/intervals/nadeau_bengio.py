"""Fold summary: mean, standard deviation and the corrected resampled t interval of Nadeau and Bengio."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import stdtrit

from evaluation.judging.catalogue import metric_of


def corrected_error(std: float, folds: int, test_train_ratio: float) -> float:
    """Standard error of a mean over folds that share training rows (Nadeau and Bengio, Machine Learning 52, 2003).

    The variance is `(1 / folds + test_train_ratio) * std**2`, and not `std**2 / folds`: the ratio is that of a fold's
    scored rows to its training rows.
    """
    return std * float(np.sqrt(1 / folds + test_train_ratio))


def fold_summary(values: Sequence[float], test_train_ratio: float, metric: str) -> dict[str, Any]:
    """Mean, standard deviation (ddof 1) and 95 % interval of one metric over `k` folds: `(k,)` -> `{mean, std, ci95}`.

    The interval is the corrected resampled t interval, with `corrected_error`, clipped to the metric's range. A metric
    that is undefined in a fold has no mean, a single fold no standard deviation: nan, with a `reason`.
    """
    folds, nan = len(values), float("nan")
    if undefined := int(np.sum(np.isnan(values))):
        why = f"undefined in {undefined} of {folds} folds; read the out-of-fold value"
        return {"mean": nan, "std": nan, "ci95": [nan, nan], "reason": why}
    mean = float(np.mean(values))
    if folds < 2:
        return {"mean": mean, "std": nan, "ci95": [nan, nan], "reason": "one fold has no spread"}
    std = float(np.std(values, ddof=1))
    half = float(stdtrit(folds - 1, 0.975)) * corrected_error(std, folds, test_train_ratio)
    low, high = metric_of(metric).range
    return {"mean": mean, "std": std, "ci95": [max(mean - half, low), min(mean + half, high)]}
