"""Folds that are odd, and the rows to blame."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.cuts import Cuts
from evaluation.metrics import LOWER_IS_BETTER, METRICS
from evaluation.predictions import Predictions
from evaluation.worst_rows import worst_rows

BOUND, FEWEST_FOLDS, BLAMED = 3.5, 5, 5


def modified_z(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many standard deviations each value lies from the median, `(folds,)` twice; nan is passed over.

    Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993): the deviation is 1.4826 times the median absolute
    deviation from the median; where more than half of the values are equal, so that this is 0, it is 1.253314 times the
    mean absolute deviation. All equal: 0.
    """
    distances = values - np.nanmedian(values)
    deviation = 1.4826 * np.nanmedian(np.abs(distances)) or 1.253314 * np.nanmean(np.abs(distances))
    return np.asarray(distances / deviation) if deviation else np.zeros(len(values))


def outliers(folds: Sequence[Mapping[str, Any]], scored: Predictions, cuts: Cuts) -> list[dict[str, Any]]:
    """Each fold and metric whose modified z lies beyond 3.5, the farthest first; `rows` are the worst of a bad fold.

    Folds of one row are passed over, since a row is no fold, and so are studies of fewer than five folds.

    Args:
        folds: key and `scored` metrics of every member.
        scored: the rows that these metrics are about.
        cuts: of every member.
    """
    judged = [fold for fold in folds if fold["scored"]]
    if len(judged) < FEWEST_FOLDS or len(scored.row) < 2 * len(judged):
        return []
    found = []
    for metric in METRICS[scored.task]:
        values = np.array([fold["scored"][metric] for fold in judged])
        if np.isfinite(values).sum() < FEWEST_FOLDS:
            continue
        for place in np.flatnonzero(np.abs(scores := modified_z(values)) > BOUND):
            key = {name: judged[place][name] for name in ("seed", "repeat", "fold")}
            bad = (scores[place] > 0) == (metric in LOWER_IS_BETTER)
            found.append(
                {
                    **key,
                    "metric": metric,
                    "value": float(values[place]),
                    "median": float(np.nanmedian(values)),
                    "deviations": float(scores[place]),
                    "rows": _blamed(scored.of_member(**key), cuts) if bad else [],
                }
            )
    return sorted(found, key=lambda one: -abs(one["deviations"]))


def _blamed(fold: Predictions, cuts: Cuts) -> list[dict[str, Any]]:
    rows = worst_rows(fold, cuts.of_rows(fold), BLAMED)
    return [{key: row[key] for key in row if key not in ("seed", "repeat", "fold")} for row in rows]
