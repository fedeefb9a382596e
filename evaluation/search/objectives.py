"""Objectives of trials by fold, and their mean and standard error over the folds."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.search.trial import Trial

Floats = NDArray[np.float64]
Folds = Sequence[Sequence[int]]
"""For each fold the places of its members in the fold plan, see `winners.outer_folds`."""


class Spread(NamedTuple):
    """Mean over the folds and its standard error, nan with fewer than two; `folds` is their number."""

    mean: float
    error: float
    folds: int


def fold_objectives(trials: Sequence[Trial], folds: Folds) -> Floats:
    """Objective of each trial in each fold, the mean over its seeds: `(trials, folds)`.

    nan where a member of the fold has not trained, has failed, or has an objective that is not finite.
    """
    table = np.full((len(trials), len(folds)), np.nan)
    for row, trial in enumerate(trials):
        own = dict(zip(trial.members, trial.objective, strict=True))
        for column, members in enumerate(folds):
            values = [own.get(member) for member in members]
            if values and all(value is not None and math.isfinite(value) for value in values):
                table[row, column] = float(np.mean(np.array(values, np.float64)))
    return table


def covers(trial: Trial, folds: Folds) -> NDArray[np.bool_]:
    """Whether each fold has a member that the trial was given, `(folds,)`."""
    own = set(trial.members)
    return np.array([not own.isdisjoint(members) for members in folds], bool)


def spread_of(values: Floats) -> Spread:
    """Mean and standard error of the finite values of one trial, `(folds,)`.

    The error is the standard deviation (ddof 1) by the root of the number of folds, as in the one-standard-error rule.
    It takes the folds for independent, which they are not, so it is a little too small (Bengio and Grandvalet, JMLR 5,
    2004).
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return Spread(math.nan, math.nan, 0)
    error = float(known.std(ddof=1) / math.sqrt(len(known))) if len(known) > 1 else math.nan
    return Spread(float(known.mean()), error, len(known))
