"""Paired comparison of two runs over the same folds: corrected resampled t test, Bayesian correlated t test."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from evaluation.intervals.nadeau_bengio import corrected_error


class Difference(NamedTuple):
    """Mean difference of two runs, its 95 % interval, and the two-sided p value of no difference."""

    difference: float
    low: float
    high: float
    p: float


class Posterior(NamedTuple):
    """Probabilities that a difference lies below, in and above the region of practical equivalence; their sum is 1."""

    below: float
    within: float
    above: float


def corrected_t_test(differences: ArrayLike, test_train_ratio: float) -> Difference:
    """Corrected resampled t test of the differences in each fold, `(folds,)`, two at least.

    Nadeau and Bengio (Machine Learning 52, 2003): folds share training rows, so their differences are correlated; see
    `intervals.corrected_error`. Differences that are all the same have no spread: p is 1 if they are 0, else 0.
    """
    mean, error, freedom = _location_scale(differences, test_train_ratio)
    if error == 0:
        return Difference(mean, mean, mean, float(mean == 0))
    half = float(stdtrit(freedom, 0.975)) * error
    return Difference(mean, mean - half, mean + half, float(2 * stdtr(freedom, -abs(mean) / error)))


def correlated_posterior(differences: ArrayLike, test_train_ratio: float, rope: float) -> Posterior:
    """Posterior of the true difference by the Bayesian correlated t test, from the same `(folds,)`.

    Corani and Benavoli (Machine Learning 100, 2015); Benavoli, Corani, Demsar and Zaffalon (JMLR 18, 2017). With their
    correlation rho = test / (test + train) the posterior is a t distribution around the mean difference whose scale
    is the corrected error, for rho / (1 - rho) = test / train. Differences without spread are certain.

    Args:
        differences: of a metric, fold by fold.
        test_train_ratio: scored rows of a fold to its training rows.
        rope: half the width of the region of practical equivalence.
    """
    mean, error, freedom = _location_scale(differences, test_train_ratio)
    if error == 0:
        return Posterior(float(mean < -rope), float(abs(mean) <= rope), float(mean > rope))
    below, above = stdtr(freedom, (-rope - mean) / error), stdtr(freedom, (mean - rope) / error)
    return Posterior(float(below), float(1 - below - above), float(above))


def _location_scale(differences: ArrayLike, test_train_ratio: float) -> tuple[float, float, int]:
    """Mean, corrected standard error and degrees of freedom."""
    values = np.asarray(differences, np.float64)
    error = corrected_error(float(values.std(ddof=1)), len(values), test_train_ratio)
    return float(values.mean()), error, len(values) - 1
