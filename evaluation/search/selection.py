"""The best setting of a search: by its mean over the folds, or by its gain where each fold is searched alone."""

from collections.abc import Sequence

import numpy as np

from evaluation.search.objectives import Floats, covers, fold_objectives
from evaluation.search.trial import Trial
from evaluation.search.winners import best_of

Folds = Sequence[Sequence[int]]


def best_setting(trials: Sequence[Trial], folds: Folds, falls: bool) -> Trial | None:
    """The trial with the best mean over all `folds`, see `winners.best_of`; None where every trial has failed.

    Where one oracle searches each fold, nearly no setting has trained in all of them: then it is the one with the best
    of `level_means`, which a trial that failed in one of its folds cannot have. `folds` are the members' places, and
    `falls` says that a lower objective is better.
    """
    if have_all(trials, folds):
        places = [place for members in folds for place in members]
        number = best_of(trials, places, falls)
        return next((trial for trial in trials if trial.number == number), None)
    ordered = sorted(trials, key=lambda one: one.number)
    means = level_means(ordered, folds)
    if not np.isfinite(means).any():
        return None
    return ordered[int(np.nanargmin(means) if falls else np.nanargmax(means))]


def have_all(trials: Sequence[Trial], folds: Folds) -> bool:
    """Whether all trials were given all folds."""
    return all(bool(covers(trial, folds).all()) for trial in trials)


def level_means(trials: Sequence[Trial], folds: Folds) -> Floats:
    """Mean over its folds of each trial's objective, `(trials,)`; nan for one that failed in a fold.

    Where trials have different folds, the fold's median over the trials is subtracted first: folds differ in how hard
    they are.
    """
    table = fold_objectives(trials, folds)
    own = np.array([covers(trial, folds) for trial in trials]).reshape(table.shape)
    whole = own.any(axis=1) & (np.isfinite(table) | ~own).all(axis=1)
    means = np.full(len(trials), np.nan)
    if whole.any():
        known = np.ma.masked_invalid(table[whole])
        level = 0.0 if have_all(trials, folds) else np.ma.median(known, axis=0)
        means[whole] = np.ma.filled((known - level).mean(axis=1), np.nan)
    return means
