"""Selection: the winner of each fold by its own validation rows, and the best setting of all folds together."""

import numpy as np
from numpy.typing import NDArray

from evaluation.search.objectives import Floats, Members, covers, fold_objectives
from evaluation.search.trial import Trial


def fold_winners(trials: list[Trial], folds: Members, falls: bool) -> list[Trial | None]:
    """The trial with the best objective in each fold, by that fold's validation rows alone: `(folds,)`.

    `falls` says whether a lower objective is better. Equal ones are decided by the trial's number. A fold in which no
    trial has a finite objective has no winner: None.
    """
    ordered = sorted(trials, key=lambda one: one.number)
    table = fold_objectives(ordered, folds)
    return [_first_best(ordered, column, falls) for column in table.T]


def best_setting(trials: list[Trial], folds: Members, falls: bool) -> Trial | None:
    """The trial with the best mean over the folds; None where no trial has finite objectives in all of its folds.

    Every fold's objectives are taken relative to the median of its trials, so that trials of different folds can be
    compared where one oracle searches each fold; trials that all folds have are in the order of their means. A
    trial that failed in one of its folds does not win. Equal ones are decided by the trial's number.
    """
    ordered = sorted(trials, key=lambda one: one.number)
    return _first_best(ordered, relative_means(ordered, folds), falls)


def relative_means(trials: list[Trial], folds: Members) -> Floats:
    """Mean over its folds of each trial's objective, `(trials,)`; nan for one that failed in a fold.

    Where trials have different folds, the fold's median over the trials is subtracted first.
    """
    table = fold_objectives(trials, folds)
    whole = np.array([_is_whole(trial, row, folds) for trial, row in zip(trials, table, strict=True)], bool)
    means = np.full(len(trials), np.nan)
    if whole.any():
        known = np.ma.masked_invalid(table[whole])
        level = 0.0 if np.isfinite(table[whole]).all() else np.ma.median(known, axis=0)
        means[whole] = np.ma.filled((known - level).mean(axis=1), np.nan)
    return means


def _is_whole(trial: Trial, row: Floats, folds: Members) -> bool:
    """Whether a trial has an objective in each of its folds, and in one at least."""
    own: NDArray[np.bool_] = covers(trial, folds)
    return bool(own.any() and np.isfinite(row[own]).all())


def _first_best(ordered: list[Trial], values: Floats, falls: bool) -> Trial | None:
    """The first of `ordered` with the lowest value, or the highest; None where none is finite."""
    if not np.isfinite(values).any():
        return None
    return ordered[int(np.nanargmin(values) if falls else np.nanargmax(values))]
