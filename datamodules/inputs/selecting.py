"""Selection of source columns by the F statistic of their inputs against the training targets."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_selection import SelectKBest, f_classif, f_regression

Floats = NDArray[np.float64]


def f_scores(inputs: Floats, targets: NDArray, task: str) -> Floats:
    """F statistic of each input, `(rows, inputs)` -> `(inputs,)`; the lowest number where there is none."""
    score = f_regression if task == "regression" else f_classif
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # An input that is constant in a fold has no F statistic.
        warnings.simplefilter("ignore")
        scores, _ = score(inputs, targets)
    return np.where(np.isnan(scores), np.finfo(np.float64).min, scores)


def best_sources(scores: Floats, sources: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """Which inputs, `(inputs,)`, are made of the `count` sources with the largest F statistic of any of their inputs.

    `sources` `(inputs,)` numbers the source of each input, so that the levels of a column, or the parts of a date, are
    chosen together; the ranking is that of scikit-learn's `SelectKBest`.
    """
    num_sources = int(sources.max()) + 1
    best = np.full(num_sources, np.finfo(np.float64).min)
    np.maximum.at(best, sources, scores)
    selector = SelectKBest(lambda *_: best, k=count).fit(np.zeros((2, num_sources)), np.zeros(2))
    return selector.get_support()[sources]
