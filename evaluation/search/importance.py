"""Permutation importance of the searched keys, by a random forest that predicts the objective from them.

Breiman, Machine Learning 45, 2001, section 10; for hyper-parameters Hutter, Hoos and Leyton-Brown, ICML 2014. What it
says is about the forest: it is worth no more than the forest's own R2, which is told with it.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from configs.sections.search import Axis

Floats = NDArray[np.float64]
FEWEST_TRIALS, TRIALS_PER_KEY = 20, 4
"""Trials that are enough: a fifth of them, which each forest has not seen, is then four at least, and a key has as many
values as it takes to tell a slope from chance."""
WEAK = 0.1
"""R2 below which the forest predicts hardly better than the mean: its importances say nothing."""
PARTS, ROUNDS, PERMUTATIONS, TREES = 5, 2, 5, 50


class Importance(NamedTuple):
    """Importance of each key.

    Attributes:
        keys: key -> `mean` and `std` over the held-out parts of what the forest loses when the key's values are
            permuted among trials that it has not seen, as a share of the variance; about 0 for a key that does
            nothing. The most important one is first; {} where it is not known.
        r2: share of the variance that the forest explains of trials out of its bag; None where it is not known.
        trials: number of trials that it is made of.
        reason: why it is not known, or why it is not to be trusted; else "".
    """

    keys: Mapping[str, Mapping[str, float]]
    r2: float | None
    trials: int
    reason: str


def importance(settings: Sequence[Mapping[str, Any]], objective: Floats, space: Mapping[str, Axis]) -> Importance:
    """Importance of the keys of `space` for the rank of the `objective` `(trials,)` of these `settings`.

    Of ranks, since one trial that diverged would else be all that there is to explain. Trials without a finite
    objective are left out. A key that a trial does not have, see `settings.setting_of`, is a missing value, which
    the trees split by.
    """
    known = np.isfinite(objective)
    columns = {key: column_of([one.get(key) for one in settings], axis)[known] for key, axis in space.items()}
    varied = [key for key, column in columns.items() if len(np.unique(column)) > 1]
    trials, needed = int(known.sum()), max(FEWEST_TRIALS, TRIALS_PER_KEY * len(varied))
    if not varied:
        return Importance({}, None, trials, "no key has several values")
    if trials < needed:
        return Importance(
            {},
            None,
            trials,
            f"not enough trials: {trials}, and {needed} are needed for {len(varied)} key{'s' * (len(varied) > 1)}",
        )
    ranks = rankdata(objective[known])
    if np.ptp(ranks) == 0:
        return Importance({}, None, trials, "all trials have the same objective")
    r2, losses = _by_forest(np.stack([columns[key] for key in varied], axis=1), ranks)
    told = {
        key: {"mean": float(own.mean()), "std": float(own.std(ddof=1))} for key, own in zip(varied, losses, strict=True)
    }
    weak = f"the forest explains next to nothing (R2 {r2:.2f}): read no order out of it" if r2 < WEAK else ""
    return Importance(dict(sorted(told.items(), key=lambda item: -item[1]["mean"])), r2, trials, weak)


def column_of(values: Sequence[Any], axis: Axis) -> Floats:
    """The values of a key as numbers, `(trials,)`: logarithms where `log`, places among choices that are no numbers.

    nan where a trial does not have the key.
    """
    numbers = axis.choices is None or all(_is_number(one) for one in axis.choices)
    if numbers:
        found = [float(value) if _is_number(value) else math.nan for value in values]
        return np.array([math.log(one) if axis.log and one > 0 else one for one in found])
    places: dict[str, int] = {}
    for value in [*(axis.choices or ()), *values]:
        if value is not None:
            places.setdefault(repr(_plain(value)), len(places))
    return np.array([math.nan if value is None else float(places[repr(_plain(value))]) for value in values])


def _by_forest(columns: Floats, ranks: Floats) -> tuple[float, Floats]:
    """R2 out of the bag, and the loss of each key over the held-out parts: `(trials, keys)` -> `(keys, parts)`."""
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance
    from sklearn.model_selection import RepeatedKFold

    whole = RandomForestRegressor(4 * TREES, oob_score=True, random_state=0).fit(columns, ranks)
    losses = []
    for seen, held in RepeatedKFold(n_splits=PARTS, n_repeats=ROUNDS, random_state=0).split(columns):
        forest = RandomForestRegressor(TREES, random_state=0).fit(columns[seen], ranks[seen])
        found = permutation_importance(
            forest, columns[held], ranks[held], scoring="neg_mean_squared_error", n_repeats=PERMUTATIONS, random_state=0
        )
        losses.append(found.importances_mean / ranks.var())
    return float(whole.oob_score_), np.array(losses).T


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
