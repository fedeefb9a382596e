"""Baseline that ignores the inputs: majority class and class shares, or the mean of the target."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from evaluation.fits import FoldFit, count_targets
from evaluation.judging.catalogue import measured, of_ranking
from evaluation.judging.judge import judge, mean_of
from evaluation.judging.pooled import passes
from evaluation.predictions import Predictions

Counts = NDArray[Any]

UNSEEN = 0.5
"""Pseudo-count of a class without a row: a share of 0 would make the baseline's loss infinite."""
TIE_IS_FIRST = float(np.finfo(np.float64).tiny)
"""Threshold just above log odds 0: of two classes of the same size the first is the majority class, as in argmax."""


def baseline(
    scored: Predictions, validation: Predictions, test: Predictions, fits: Sequence[FoldFit], chosen: Sequence[str] = ()
) -> dict[str, Any]:
    """Metrics of the class shares (the decision is the majority class) or the mean, as of scikit-learn's dummy models.

    A fold's baseline uses the targets of its training and validation rows, that of the held-out test set all other
    rows.

    Returns:
        `majority_class` or `mean` of the rows outside of the test set; `base_rate` of the same rows, the prevalence
        or, with several classes, the share of the majority class; `scored`, the mean over the folds, `out_of_fold`, the
        rows of all folds pooled and the mean over repeats, and `test`: `{metric: float}`, with `reasons`, or `{}` where
        there are no such rows. The baseline ranks no row above another, whatever the shares of the folds are.
    """
    known = {fit.key: fit.train_targets + _counts(validation.of_member(*fit.key)) for fit in fits}
    said = {key: _logits(counts, scored.task) for key, counts in known.items()}
    of_rows = zip(scored.seed.tolist(), scored.repeat.tolist(), scored.fold.tolist(), strict=True)
    guess = replace(scored, logits=np.array([said[key] for key in of_rows]).reshape(scored.logits.shape))
    # Over the folds that have rows here: in a time series, only the last one uses every row.
    last = (scored.members() or test.members() or list(known))[-1]
    outside, tested = known[last] + _counts(scored.of_member(*last)), test.of_member(*last)
    tested = replace(tested, logits=np.tile(_logits(outside, test.task), (len(tested.row), 1)))
    return {
        **_told(outside, scored),
        "scored": mean_of(_each_judged([guess.of_member(*key) for key in scored.members()], chosen)),
        "out_of_fold": mean_of([_judged(one, chosen) | _unranked(one, chosen) for one in passes(guess)]),
        "test": _judged(tested, chosen) if len(tested.row) else {},
    }


def _counts(rows: Predictions) -> Counts:
    return count_targets(rows.target, rows.task, rows.classes)


def _told(known: Counts, predictions: Predictions) -> dict[str, Any]:
    if predictions.task == "regression":
        return {"mean": float(known[0] / known[1])}
    shares = known / known.sum()
    rate = shares[1] if predictions.task == "binary" else shares.max()
    return {"majority_class": predictions.classes[int(shares.argmax())], "base_rate": float(rate)}


def _logits(known: Counts, task: str) -> NDArray[Any]:
    """The baseline's logits, the same for every row, `(outputs,)`."""
    if task == "regression":
        return known[:1] / known[1]
    seen = np.where(known > 0, known, UNSEEN)
    shares = seen / seen.sum()
    return np.asarray(logit(shares[1:]) if task == "binary" else np.log(shares))


def _judged(guess: Predictions, chosen: Sequence[str]) -> dict[str, Any]:
    judged = judge(guess.logits, guess.target, guess.task, guess.classes, TIE_IS_FIRST, chosen)
    return {key: value for key, value in judged.items() if key != "per_class"}


def _each_judged(guesses: Sequence[Predictions], chosen: Sequence[str]) -> list[dict[str, Any]]:
    """`_judged` of each; equal ones, as of many folds of one row, are evaluated once."""
    contents = [(one.logits.tobytes(), one.target.tobytes()) for one in guesses]
    judged = {content: _judged(one, chosen) for content, one in dict(zip(contents, guesses, strict=True)).items()}
    return [judged[content] for content in contents]


def _unranked(guess: Predictions, chosen: Sequence[str]) -> dict[str, Any]:
    """The ranking metrics where all rows tie."""
    equal = _judged(replace(guess, logits=np.zeros_like(guess.logits)), chosen)
    return {name: equal[name] for name in of_ranking(measured(guess.task, chosen))}
