"""Outlier folds, and their highest-loss rows.

An outlier lies more than `BOUND` robust deviations from the median of the folds (the usual rule), and beyond the
permutation limit of random folds of the same rows. The usual rule alone finds an outlier in most healthy studies: ten
folds and nine metrics are ninety tests, and near a perfect AUROC most folds are equal. The random folds leave out
dominant rows (`dominant_rows`): with one of them the limit would exceed any deviation.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.choices.cuts import Cuts
from evaluation.folds.dominant import without_dominant
from evaluation.folds.highest_losses import worst_rows
from evaluation.folds.null_distribution import limit_of_normal_folds, permutation_limits
from evaluation.folds.over_seeds import Entry, by_fold, fold_values, named_fold
from evaluation.folds.permutations import permuted_metrics
from evaluation.judging.catalogue import METRICS, metric_of
from evaluation.predictions import Predictions

BOUND, FEWEST_FOLDS, BLAMED = 3.5, 5, 5
NO_ROWS = np.empty(0, np.intp)


def robust_deviation(values: NDArray[np.float64]) -> float:
    """Robust standard deviation of `(folds,)` values; nan is ignored.

    Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993): 1.4826 times the median absolute deviation from the
    median; where more than half of the values are equal, so that this is 0, 1.253314 times the mean absolute deviation.
    """
    distances = np.abs(values - np.nanmedian(values))
    return float(1.4826 * np.nanmedian(distances) or 1.253314 * np.nanmean(distances))


def untested(folds: Sequence[Mapping[str, Any]], scored: Predictions) -> str:
    """Reason why these folds are not tested for outliers; "" if they are tested. Arguments as of `outliers`."""
    judged = [fold for fold in folds if fold["scored"]]
    if len({key[1:] for key in scored.of_finite_members().members()}) < FEWEST_FOLDS:
        return f"there are fewer than {FEWEST_FOLDS} folds with finite predictions"
    return "a fold is a single row" if len(scored.row) < 2 * len(judged) else ""


def outliers(
    folds: Sequence[Mapping[str, Any]],
    scored: Predictions,
    cuts: Cuts,
    independent: bool = True,
    dominant: NDArray[np.intp] = NO_ROWS,
    chosen: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Outlying folds and metrics, the largest deviation first; `rows` are the highest-loss ones of a bad fold.

    `deviations` from the `median` are robust ones, `luck` is the permutation limit. Folds for which `untested` has a
    reason have no outliers. The value of a fold is the mean over its seeds; of several the outlier has no `seed`.

    Args:
        folds: key and `scored` metrics of every member.
        scored: the rows of these metrics.
        cuts: thresholds of every member.
        independent: whether rows can be assigned at random. Else the limit is that of normally distributed folds.
        dominant: places in `scored` that the random folds leave out, see `dominant.dominant_rows`.
        chosen: the metrics that are looked at; none means the default ones.
    """
    if untested(folds, scored):
        return []
    members = list(by_fold(folds).values())
    usual = without_dominant(scored, dominant).of_finite_members()
    names = tuple(chosen) or METRICS[scored.task]
    reach = permutation_limits(*permuted_metrics(usual, cuts.of_rows(usual), names)) if independent else {}
    found = []
    for metric in names:
        values = fold_values(folds, metric)
        if np.isfinite(values).sum() < FEWEST_FOLDS:
            continue
        deviation, median = robust_deviation(values), float(np.nanmedian(values))
        luck = reach[metric] if independent else deviation * _normal_reach(len(names), values)
        for place in np.flatnonzero(np.abs(values - median) > max(BOUND * deviation, luck)):
            told = {"metric": metric, "value": float(values[place]), "median": median}
            told |= {"deviations": float((values[place] - median) / deviation), "luck": luck}
            own = members[place]
            found.append(named_fold(own, folds) | told | {"rows": _blamed(own, told, scored, cuts)})
    return sorted(found, key=lambda one: -abs(one["deviations"]))


def _normal_reach(metrics: int, values: NDArray[np.float64]) -> float:
    return limit_of_normal_folds(int(np.isfinite(values).sum()), metrics)


def _blamed(own: Sequence[Entry], told: Mapping[str, Any], scored: Predictions, cuts: Cuts) -> list[dict[str, Any]]:
    """The highest-loss rows of the members of a bad fold; none of one that is better than the others."""
    if (told["deviations"] > 0) != metric_of(told["metric"]).falls:
        return []
    mine = scored.select((scored.repeat == own[0]["repeat"]) & (scored.fold == own[0]["fold"]))
    rows = worst_rows(mine, cuts.of_rows(mine), BLAMED)
    return [{key: row[key] for key in row if key not in ("seed", "repeat", "fold")} for row in rows]
