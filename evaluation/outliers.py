"""Folds that are odd, and the rows to blame.

A fold is odd if it lies far from the median of the folds by the usual rule (`BOUND` robust deviations), and farther
than luck takes a fold. The usual rule alone calls a fold odd in most healthy studies: ten folds and nine metrics are
ninety chances, and near a perfect AUROC most folds are equal. So the same rows are dealt to the folds again, at random.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from evaluation.cuts import Cuts
from evaluation.dealing import dealt_metrics
from evaluation.metrics import LOWER_IS_BETTER, METRICS
from evaluation.predictions import Predictions
from evaluation.worst_rows import worst_rows

BOUND, FEWEST_FOLDS, BLAMED = 3.5, 5, 5
FALSE_ALARMS = 0.05
"""In how many studies luck alone takes any fold, in any metric, so far."""


def modified_z(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many standard deviations each value lies from the median, `(folds,)` twice; nan is passed over.

    Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993): the deviation is 1.4826 times the median absolute
    deviation from the median; where more than half of the values are equal, so that this is 0, it is 1.253314 times the
    mean absolute deviation. All equal: 0.
    """
    distances = values - np.nanmedian(values)
    deviation = 1.4826 * np.nanmedian(np.abs(distances)) or 1.253314 * np.nanmean(np.abs(distances))
    return np.asarray(distances / deviation) if deviation else np.zeros(len(values))


def reach_of_luck(dealt: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
    """How far from the median luck takes a fold, in each metric: `{metric: (deals, folds)}` -> `{metric: distance}`.

    In `FALSE_ALARMS` of the deals some fold lies farther in some metric (Westfall and Young, Resampling-Based Multiple
    Testing, 1993, minP): metrics that say the same are not corrected for twice.
    """
    distances = {name: np.abs(values - np.nanmedian(values, axis=1, keepdims=True)) for name, values in dealt.items()}
    farthest = np.stack([np.nan_to_num(one).max(axis=1) for one in distances.values()], axis=1)
    chances = rankdata(-farthest, method="max", axis=0) / len(farthest)
    level = np.quantile(chances.min(axis=1), FALSE_ALARMS)
    reach = np.quantile(farthest, 1 - level, axis=0, method="higher")
    return dict(zip(dealt, reach.tolist(), strict=True))


def outliers(folds: Sequence[Mapping[str, Any]], scored: Predictions, cuts: Cuts) -> list[dict[str, Any]]:
    """Each fold and metric that is odd, the farthest first; `rows` are the worst of a bad fold.

    `deviations` is the modified z, `luck` how far from the median luck takes a fold. Folds of one row are passed over,
    since a row is no fold, and so are studies of fewer than five folds.

    Args:
        folds: key and `scored` metrics of every member.
        scored: the rows that these metrics are about.
        cuts: of every member.
    """
    judged, finite = [fold for fold in folds if fold["scored"]], scored.of_finite_members()
    if len(finite.members()) < FEWEST_FOLDS or len(scored.row) < 2 * len(judged):
        return []
    reach, found = reach_of_luck(dealt_metrics(finite, cuts.of_rows(finite))), []
    for metric in METRICS[scored.task]:
        values = np.array([fold["scored"][metric] for fold in judged])
        if np.isfinite(values).sum() < FEWEST_FOLDS:
            continue
        scores, median = modified_z(values), float(np.nanmedian(values))
        for place in np.flatnonzero((np.abs(scores) > BOUND) & (np.abs(values - median) > reach[metric])):
            key = {name: judged[place][name] for name in ("seed", "repeat", "fold")}
            bad = (scores[place] > 0) == (metric in LOWER_IS_BETTER)
            found.append(
                {
                    **key,
                    "metric": metric,
                    "value": float(values[place]),
                    "median": median,
                    "deviations": float(scores[place]),
                    "luck": reach[metric],
                    "rows": _blamed(scored.of_member(**key), cuts) if bad else [],
                }
            )
    return sorted(found, key=lambda one: -abs(one["deviations"]))


def _blamed(fold: Predictions, cuts: Cuts) -> list[dict[str, Any]]:
    rows = worst_rows(fold, cuts.of_rows(fold), BLAMED)
    return [{key: row[key] for key in row if key not in ("seed", "repeat", "fold")} for row in rows]
