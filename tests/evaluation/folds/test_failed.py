"""A fold that diverged is left out: the others are judged as if there had been no other fold, and that is said."""

from dataclasses import replace

import numpy as np
import pytest
import sklearn.metrics
from imagined import candidate, noisy, validation_of

from configs.sections.evaluation import Evaluation
from evaluation.comparing.candidate import of_finite_folds
from evaluation.comparing.comparison import compare
from evaluation.comparing.paired_delong import pooled_auroc_test
from evaluation.folds.failed import failed_folds, left_out
from evaluation.keys import key_of
from evaluation.predictions import Predictions
from reporting.fold_summary import FOLD_WORDS

CAUTION = "1 of 4 folds has predictions that are not finite and is left out, with rows that may be the hard ones"
SECTIONS = (
    "scored",
    "out_of_fold",
    "test",
    "baseline",
    "ensemble",
    "thresholds",
    "worst_rows",
    "best_fold",
    "outliers",
)


def broken(predictions: Predictions, fold: int, repeat: int = 0) -> Predictions:
    of_fold = (predictions.fold == fold) & (predictions.repeat == repeat)
    return replace(predictions, logits=np.where(of_fold[:, None], np.float32(np.nan), predictions.logits))


def broken_row(predictions: Predictions, fold: int) -> Predictions:
    """Only what this fold's network says of its last row is no number: a test row, where there are some."""
    logits = predictions.logits.copy()
    logits[np.flatnonzero(predictions.fold == fold)[-1]] = np.inf
    return replace(predictions, logits=logits)


def silent(value):
    """Without what is said of a fold that is left out, and without the thresholds and temperatures of each fold."""
    if isinstance(value, list):
        return [silent(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {key: one for key, one in value.items() if one != CAUTION or key not in ("reason", "caution")}
    return {key: silent(one) for key, one in kept.items() if key not in ("folds", "reasons") or key == "test"}


@pytest.mark.parametrize("spoil", [broken, broken_row])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_what_is_left_is_judged_as_a_study_of_the_other_folds(imagine, judged, task, spoil):
    predictions, fits = imagine(task, tested=40)
    seen, settings = validation_of(predictions, fits), Evaluation(threshold="f1" if task == "binary" else 0.5)
    seen_of_all = broken(seen, 2) if spoil is broken else seen
    failed = judged(spoil(predictions, 2), fits, validation=seen_of_all, settings=settings)
    others = [of.select(of.fold != 2) for of in (predictions, seen)]
    alone = judged(others[0], [fit for fit in fits if fit.fold != 2], validation=others[1], settings=settings)
    assert [key_of(one) for one in failed["failed"]] == [(0, 0, 2)]
    assert alone["failed"] == []
    for section in SECTIONS:
        assert silent(failed[section]) == silent(alone[section]), section
    for place in ("out_of_fold", "test") if task != "regression" else ():
        assert failed["calibration"][place] == alone["calibration"][place]
    for place in ("out_of_fold", "test"):
        assert {one["caution"] for one in failed[place]["intervals"].values()} == {CAUTION}
    assert {one["reason"] for one in failed["scored"].values()} == {CAUTION}
    assert len(failed["test"]["folds"]) == 3
    assert (failed["folds"][2]["scored"]["loss"] is None) == (spoil is broken)


def test_of_several_repeats_the_rows_are_judged_that_every_repeat_has(imagine, judged):
    predictions, fits = imagine(repeats=3, rows=220)
    told = judged(broken(predictions, 1, repeat=2), fits)["out_of_fold"]
    scored = predictions.of_role("scored")
    lost = scored.row[(scored.fold == 1) & (scored.repeat == 2)]
    kept = scored.select(~np.isin(scored.row, lost))
    passes = [kept.select(kept.repeat == repeat) for repeat in range(3)]
    assert len(passes[0].row) == 150  # of 200
    areas = [sklearn.metrics.roc_auc_score(one.target, one.logits[:, 0]) for one in passes]
    assert told["auroc"] == pytest.approx(np.mean(areas))
    assert told["intervals"]["auroc"]["low"] < told["auroc"] < told["intervals"]["auroc"]["high"]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_where_every_repeat_has_lost_other_rows_pooled_numbers_are_undefined_and_the_means_are_not(
    imagine, judged, task
):
    predictions, fits = imagine(task, folds=2, rows=60, tested=0)
    again = replace(predictions, repeat=predictions.repeat + 1)
    names = ("row", "repeat", "fold", "seed", "role", "target", "logits")
    parts = [broken(predictions, 0), broken(again, 1, repeat=1)]
    both = replace(predictions, **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
    metrics = judged(both, fits + [fit._replace(repeat=1) for fit in fits])
    assert np.isfinite(metrics["scored"]["loss"]["mean"])
    assert metrics["out_of_fold"]["loss"] is None
    assert metrics["out_of_fold"]["reasons"]["loss"] == "there are no rows"
    assert metrics["out_of_fold"]["intervals"]["loss"]["reason"] == "there are no rows"


def test_runs_that_share_no_rows_of_a_class_have_no_test_of_their_pooled_auroc(imagine):
    predictions = imagine(folds=2, tested=0)[0]
    positive = predictions.select(predictions.target == 1)
    assert np.isnan(pooled_auroc_test(positive, positive).p)
    apart = replace(predictions, repeat=predictions.fold)  # no row is in both repeats
    assert np.isnan(pooled_auroc_test(apart, apart).p)


def test_why_a_fold_failed_is_told(imagine):
    predictions, fits = imagine(tested=40)
    spoilt = broken_row(broken_row(broken(predictions, 0), 1), 2)
    spoilt.logits[np.flatnonzero(spoilt.fold == 2)[-3]] = np.nan
    reasons = failed_folds(spoilt, [fits[0]._replace(best_epoch=-1), *fits[1:]])
    assert list(reasons) == [(0, 0, 0), (0, 0, 1), (0, 0, 2)]
    assert reasons[0, 0, 0] == "its loss was never finite: lower optimizer.learning_rate, or set optimizer.clip_norm=1"
    assert reasons[0, 0, 1] == "its outputs are not finite for row 39 (counted from 0): look at its inputs"
    several = "2 rows, the first of which is row 37 (counted from 0): look at their inputs"
    assert reasons[0, 0, 2] == f"its outputs are not finite for {several}"
    assert failed_folds(predictions, [fits[0]._replace(best_epoch=-1), *fits[1:]]).keys() == {(0, 0, 0)}


def test_the_failed_folds_are_named_and_the_ensemble_is_one_of_the_others(imagine, judged):
    predictions, fits = imagine(tested=40)
    metrics = judged(broken(predictions, 2), fits)
    said = {label: say(metrics) for label, say in FOLD_WORDS.items()}
    assert said["failed folds"] == "fold_02"
    assert said["ensemble beats"].endswith("of 3 by loss")
    assert judged(predictions, fits)["failed"] == []


def test_runs_are_compared_over_the_folds_that_failed_in_none_of_them(imagine):
    predictions, _ = imagine(folds=5, rows=220)
    versions = [predictions, noisy(predictions, 2.0)]
    failing = [candidate("a", versions[0]), candidate("b", broken(versions[1], 3))]
    found, caution = of_finite_folds(failing)
    others = [one.select(one.fold != 3) for one in versions]
    assert compare(found) == compare([candidate("a", others[0]), candidate("b", others[1])])
    assert caution == left_out(1, 5)
    assert compare(failing)["comparisons"][0]["verdict"] == "undefined"


def test_runs_that_would_have_less_than_two_folds_left_are_not_cut(imagine):
    predictions, _ = imagine(folds=2)
    failing = [candidate("a", predictions), candidate("b", broken(predictions, 0))]
    assert of_finite_folds(failing) == (failing, "")
