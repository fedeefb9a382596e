"""From logits to probabilities and back, in float64 and without overflow."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, log_softmax, logsumexp, softmax

Floats = NDArray[np.float64]

LEAST = 1e-6
"""Smallest probability of a model without logits: a probability of 0 for the true class would be an infinite loss."""


@np.errstate(invalid="ignore")
def probabilities(logits: NDArray[Any], task: str) -> Floats:
    """Probability of each output: `(..., outputs)` -> float64 `(..., outputs)`; regression: the predictions themselves.

    Binary: the logistic function of the one logit. Multiclass: softmax over the last axis; nan where a logit of the row
    is infinite.
    """
    logits = logits.astype(np.float64)
    if task == "binary":
        return np.asarray(expit(logits))
    return np.asarray(softmax(logits, axis=-1)) if task == "multiclass" else logits


def logits_of(chances: NDArray[Any], task: str) -> NDArray[np.float32]:
    """The inverse of `probabilities` for a model that gives none: float32 `(rows, outputs)`, clipped by `LEAST`.

    Binary: `(rows, 1)`, the positive class. Multiclass: `(rows, classes)`, which are divided by their sum. Regression:
    the predictions themselves.
    """
    if task == "regression":
        return chances.astype(np.float32)
    clipped = np.clip(chances.astype(np.float64), LEAST, 1.0 - LEAST)
    if task == "binary":
        return np.asarray(np.log(clipped / (1.0 - clipped)), np.float32)
    return np.asarray(np.log(clipped / clipped.sum(1, keepdims=True)), np.float32)


def one_vs_rest_logits(logits: NDArray[Any]) -> Floats:
    """Log odds of each class against all others: `(rows, classes)` twice; they order rows that share a rounded 1.0.

    Rounded to 1e-9, because equal odds come out unequal in another order of summation, and must tie.
    """
    logits = logits.astype(np.float64)
    others = [logsumexp(np.delete(logits, index, axis=1), axis=1) for index in range(logits.shape[1])]
    return np.round(logits - np.stack(others, axis=1), 9)


@np.errstate(invalid="ignore")
def ensemble_logits(logits: NDArray[Any], task: str) -> Floats:
    """Logits of the mean of the members' probabilities: `(members, rows, outputs)` -> float64 `(rows, outputs)`.

    Regression: the mean prediction. The mean is taken in log space, so that two rows keep their order even where both
    probabilities would round to 1; logits do not change with a common factor, so the sum stands for the mean.
    A row of which a member has an infinite logit may be nan.
    """
    logits = logits.astype(np.float64)
    if task == "regression":
        return np.asarray(logits.mean(axis=0))
    if task == "multiclass":
        return np.asarray(logsumexp(log_softmax(logits, axis=-1), axis=0))
    return np.asarray(logsumexp(log_expit(logits), axis=0) - logsumexp(log_expit(-logits), axis=0))
