"""What a guess is worth that does not look at the inputs: the least that a network has to beat."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from evaluation.means import mean_of
from evaluation.metrics import judge
from evaluation.predictions import Predictions

TIE_IS_FIRST = float(np.finfo(np.float64).tiny)
"""Log odds that are just not even: of two classes of the same size the first is the majority class, as in argmax."""
NO_TARGETS = "the predictions hold no rows that the guess could be made from"


def baseline(scored: Predictions, validation: Predictions, test: Predictions) -> dict[str, Any]:
    """Judge the class shares (they decide for the majority class) or the mean, as scikit-learn's dummy models do.

    A fold's guess is made from the targets that are known outside its scored rows: those that other folds of its repeat
    scored, and its validation rows. In k folds these are its training and validation rows. (In a time series they
    reach beyond them.) The guess for the test part is made from all rows outside of it.

    Returns:
        `majority_class` or `mean` of those rows; `base_rate` of the same rows, the share of positives or, with several
        classes, of the majority class; `scored`, the mean over the folds, and `test`: `{metric: float}`, with
        `reasons`, or `{}` where there are no such rows. Without a row to guess from: `reason` alone.
    """
    outside = _each_row_once(scored, validation)
    if not len(outside):
        return {"reason": NO_TARGETS}
    folds = []
    for seed, repeat, fold in scored.members():
        same = scored.select((scored.seed == seed) & (scored.repeat == repeat))
        known = _each_row_once(same.select(same.fold != fold), validation.of_member(seed, repeat, fold))
        if len(known):
            folds.append(_judged(known, same.of_member(seed, repeat, fold)))
    return {
        **_told(outside, scored),
        "scored": _plain(mean_of(folds)),
        "test": _plain(_judged(outside, test)) if len(test.row) else {},
    }


def _each_row_once(*parts: Predictions) -> NDArray[Any]:
    """The target of every table row in `parts`, `(rows,)`."""
    rows, targets = (np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "target"))
    return np.asarray(targets[np.unique(rows, return_index=True)[1]])


def _told(known: NDArray[Any], predictions: Predictions) -> dict[str, Any]:
    if predictions.task == "regression":
        return {"mean": float(known.mean(dtype=np.float64))}
    shares = _shares(known, len(predictions.classes))
    rate = shares[1] if predictions.task == "binary" else shares.max()
    return {"majority_class": predictions.classes[int(shares.argmax())], "base_rate": float(rate)}


def _judged(known: NDArray[Any], rows: Predictions) -> dict[str, Any]:
    """`judge` of the guess from `known` targets on these rows: every metric once per test row, like any other."""
    if rows.task == "regression":
        guess = np.array([known.mean(dtype=np.float64)])
    else:
        shares = np.clip(_shares(known, len(rows.classes)), np.finfo(np.float64).eps, 1 - np.finfo(np.float64).eps)
        guess = logit(shares[1:]) if rows.task == "binary" else np.log(shares)
    targets = np.unique(rows.row, return_index=True)[1]
    logits = np.tile(guess, (len(targets), 1))
    return judge(logits, rows.target[targets], rows.task, rows.classes, cut=TIE_IS_FIRST)


def _shares(known: NDArray[Any], classes: int) -> NDArray[np.float64]:
    return np.asarray(np.bincount(known.astype(np.int64), minlength=classes) / len(known))


def _plain(judged: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in judged.items() if key != "per_class"}
