"""The one-standard-error rule: the simplest setting whose mean is within one standard error of the best.

Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984, section 3.4.3; Hastie, Tibshirani and
Friedman, The Elements of Statistical Learning, 2009, section 7.10: a difference that small says nothing, and of equally
good models the simplest one is to be preferred.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluation.search.objectives import Folds, fold_objectives, spread_of
from evaluation.search.trial import Trial

ORDER = "fewest weights, then smallest max_epochs, more dropout, more weight decay, earlier best epochs"
Settings = Mapping[int, Mapping[str, Any]]


def within_one_error(trials: Sequence[Trial], best: Trial, folds: Folds, falls: bool) -> list[Trial]:
    """The trials, `best` among them, whose mean over its folds is at most one standard error worse than its mean.

    They are compared on the folds of `best`; one without an objective in any of these is left out. With one fold there
    is no standard error, and `best` is alone.
    """
    table = fold_objectives([best, *trials], folds)
    own = np.isfinite(table[0])
    middle, error, _ = spread_of(table[0, own])
    if math.isnan(error):
        return [best]
    worse = (table[1:, own].mean(axis=1) - middle) * (1 if falls else -1)
    return [trial for trial, gap in zip(trials, worse, strict=True) if gap <= error]


def simplest(trials: Sequence[Trial], settings: Settings) -> Trial:
    """The first of `trials`, one at least, in the `ORDER` of simplicity; `settings` has their values by number.

    A key that is not searched does not tell them apart, nor do weights where those of a trial are unknown.
    """
    counted = all(trial.weights for trial in trials)

    def complexity(trial: Trial) -> tuple[float, ...]:
        values = settings[trial.number]
        dropout = [value for key, value in values.items() if "dropout" in key and _is_number(value)]
        kept = [epoch for epoch in trial.best_epoch if epoch >= 0]
        return (
            trial.weights if counted else 0,
            _number(values.get("training.max_epochs")),
            -float(np.mean(dropout)) if dropout else 0.0,
            -_number(values.get("optimizer.weight_decay")),
            float(np.mean(kept)) if kept else math.inf,
            trial.number,
        )

    return min(trials, key=complexity)


def _number(value: Any) -> float:
    return float(value) if _is_number(value) else 0.0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
