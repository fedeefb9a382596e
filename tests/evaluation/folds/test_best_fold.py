import numpy as np
import pytest
from imagined import validation_of
from sklearn.metrics import log_loss

from evaluation.judging.probabilities import probabilities


def test_the_best_fold_has_the_lowest_validation_loss(imagine, judged):
    predictions, fits = imagine(repeats=2)
    validation = validation_of(predictions, fits)
    best = judged(predictions, fits, validation=validation)["best_fold"]
    losses = {}
    for fit in fits:
        mine = validation.of_member(fit.seed, fit.repeat, fit.fold)
        losses[fit.repeat, fit.fold] = log_loss(mine.target, probabilities(mine.logits[:, 0], "binary"))
    assert (best["repeat"], best["fold"]) == min(losses, key=losses.get)
    assert best["value"] == pytest.approx(min(losses.values()), rel=1e-9)
    assert best["by"] == "validation loss"


def test_it_is_not_chosen_by_the_rows_that_judge_it(imagine, judged):
    predictions, fits = imagine()
    validation = validation_of(predictions, fits)
    before = judged(predictions, fits, validation=validation)["best_fold"]
    predictions.logits[predictions.fold == before["fold"]] *= -10
    metrics = judged(predictions, fits, validation=validation)
    after = metrics["best_fold"]
    assert (after["fold"], after["value"]) == (before["fold"], before["value"])
    assert after["test"]["loss"] > before["test"]["loss"]
    folds = metrics["test"]["folds"]
    assert after["test"]["loss"] == next(one["loss"] for one in folds if one["fold"] == after["fold"])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_fold_that_diverged_is_not_the_best(imagine, judged, value):
    predictions, fits = imagine()
    validation = validation_of(predictions, fits)
    validation.logits[np.flatnonzero(validation.fold == 0)[0]] = value
    best = judged(predictions, fits, validation=validation)["best_fold"]
    assert best["fold"] != 0
    assert np.isfinite(best["value"])


def test_where_every_fold_has_failed_none_is_the_best_whatever_it_says_of_validation_rows(imagine, judged):
    predictions, fits = imagine()
    predictions.logits[:] = np.nan
    metrics = judged(predictions, fits, validation=validation_of(predictions, fits))
    assert len(metrics["failed"]) == len(fits)
    assert metrics["best_fold"] == {"reason": "every fold has failed"}


def test_where_all_folds_diverged_or_none_has_validation_rows_there_is_no_best_one(imagine, judged):
    predictions, fits = imagine()
    validation, nothing = validation_of(predictions, fits), predictions.of_role("validation")
    validation.logits[:] = np.nan
    for unknown in (validation, nothing):
        best = judged(predictions, fits, validation=unknown)["best_fold"]
        assert list(best) == ["reason"]
        assert best["reason"].startswith("no fold has finite predictions for validation rows")
