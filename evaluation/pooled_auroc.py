"""DeLong's paired test: two runs that scored the same rows."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from evaluation.delong import Components, clustered_error, components, mean_components, standard_error
from evaluation.paired import Difference
from evaluation.pooled import passes
from evaluation.predictions import Predictions


def pooled_auroc_test(one: Predictions, other: Predictions, groups: NDArray[np.int32] | None = None) -> Difference:
    """Difference of the pooled AUROC of two runs, its 95 % interval and two-sided p value.

    DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988). Both must have scored the same rows, in every repeat; the
    AUROC is the mean over repeats. The nets are taken as they are: only the rows are thought of as drawn anew, whole
    `groups` `(table rows,)` of them where they are given (Obuchowski, Biometrics 53, 1997). nan where a prediction is
    not finite, or no row of one class has been scored in every repeat.
    """
    finite = np.isfinite(one.logits).all() and np.isfinite(other.logits).all()
    if not finite or len(np.unique(passes(one)[0].target)) < 2:
        return Difference(*[float("nan")] * 4)
    here, there = _parts(one), _parts(other)
    parts = Components(here.area - there.area, here.positive - there.positive, here.negative - there.negative)
    error = standard_error(parts) if groups is None else clustered_error(parts, *_groups_of_classes(one, groups))
    half = float(norm.ppf(0.975)) * error
    p = float(2 * norm.sf(abs(parts.area) / error)) if error else float(parts.area == 0)
    return Difference(parts.area, parts.area - half, parts.area + half, p)


def _groups_of_classes(scored: Predictions, groups: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """The groups of the positive and of the negative rows, in the order of `_parts`."""
    rows = passes(scored)[0]
    numbers = np.unique(groups[rows.row], return_inverse=True)[1]
    return [numbers[rows.target == target] for target in (1, 0)]


def _parts(scored: Predictions) -> Components:
    """The components of the mean over repeats, rows in ascending order."""
    return mean_components([components(one.logits[:, 0], one.target) for one in passes(scored)])
