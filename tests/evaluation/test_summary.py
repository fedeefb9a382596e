import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sklearn_metrics

from evaluation.folds.ensemble import ensemble
from evaluation.intervals.nadeau_bengio import fold_summary
from evaluation.judging.catalogue import METRICS
from evaluation.judging.probabilities import probabilities

TIMING = {"fit_seconds": 1.5, "optimizer_steps": 400, "members": 4}


@pytest.fixture
def report(judged):
    return lambda predictions, fits: judged(predictions, fits, timing=TIMING)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_report_holds_every_metric_of_every_fold_and_is_strict_json(report, imagine, task):
    predictions, fits = imagine(task)
    summary = report(predictions, fits)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert list(summary)[:4] == ["study", "framework", "task", "classes"]
    assert list(summary)[4:8] == ["folds", "scored", "out_of_fold", "test"]
    assert list(summary)[8:12] == ["baseline", "failed", "best_fold", "outliers"]
    assert list(summary)[12:16] == ["outliers_untested", "dominant_rows", "ensemble", "thresholds"]
    assert list(summary)[16:] == ["calibration", "worst_rows", "timing", "diagnosis", "status"]
    assert list(summary["scored"]) == list(METRICS[task])
    assert [fold["best_epoch"] for fold in summary["folds"]] == [10, 11, 12, 13]
    assert all(set(METRICS[task]) <= set(fold["scored"]) for fold in summary["folds"])
    assert len(summary["test"]["folds"]) == len(fits)
    assert summary["timing"] == TIMING


def test_mean_and_spread_are_those_of_the_folds(report, imagine):
    summary = report(*imagine())
    values = [fold["scored"]["auroc"] for fold in summary["folds"]]
    assert summary["scored"]["auroc"]["mean"] == pytest.approx(np.mean(values), abs=1e-15)
    assert summary["scored"]["auroc"]["std"] == pytest.approx(np.std(values, ddof=1), abs=1e-15)


def test_the_interval_is_the_corrected_resampled_t_interval(report, imagine):
    predictions, fits = imagine("regression", folds=4, rows=100, tested=20)
    summary = report(predictions, fits)
    values = [fold["scored"]["mae"] for fold in summary["folds"]]
    scale = np.sqrt((1 / 4 + 20 / 80) * np.var(values, ddof=1))  # 20 scored and 80 training rows per fold
    assert summary["scored"]["mae"]["ci95"] == pytest.approx(
        stats.t(3, np.mean(values), scale).interval(0.95), abs=1e-12
    )


def test_the_interval_of_five_folds_by_hand():
    """Variance 0.001, one scored row to four training rows: 0.84 +- 2.776 * sqrt((1/5 + 1/4) * 0.001)."""
    summary = fold_summary([0.80, 0.82, 0.84, 0.86, 0.88], 0.25, "auroc")
    assert summary["mean"] == pytest.approx(0.84)
    assert summary["ci95"] == pytest.approx([0.7811, 0.8989], abs=1e-4)


def test_the_interval_stays_within_what_the_metric_can_be():
    assert fold_summary([0.9, 1.0, 1.0], 0.1, "auroc")["ci95"][1] == 1.0
    assert fold_summary([0.0, 0.1, 2.0], 0.1, "loss")["ci95"][0] == 0.0
    assert fold_summary([-3.0, 0.5, 0.9], 0.1, "r2")["ci95"][0] < -3.0


def test_a_metric_that_one_fold_lacks_has_no_mean_but_a_reason():
    summary = fold_summary([0.9, float("nan"), 0.8], 0.1, "auroc")
    assert np.isnan(summary["mean"])
    assert summary["reason"] == "undefined in 1 of 3 folds; read the out-of-fold value"


def test_out_of_fold_pools_each_row_once(report, imagine):
    predictions, fits = imagine()
    scored, pooled = predictions.of_role("scored"), report(predictions, fits)["out_of_fold"]
    assert len(np.unique(scored.row)) == len(scored.row) == 80
    assert pooled["auroc"] == pytest.approx(
        sklearn_metrics.roc_auc_score(scored.target, scored.logits[:, 0]), abs=1e-12
    )
    expected = sklearn_metrics.confusion_matrix(scored.target, scored.logits[:, 0] >= 0)
    assert pooled["confusion_matrix"] == expected.tolist()


def test_repeats_are_judged_one_by_one_and_averaged(report, imagine):
    predictions, fits = imagine(repeats=3)
    scored, pooled = predictions.of_role("scored"), report(predictions, fits)["out_of_fold"]
    passes = [scored.select(scored.repeat == repeat) for repeat in range(3)]
    aurocs = [sklearn_metrics.roc_auc_score(one.target, one.logits[:, 0]) for one in passes]
    assert pooled["auroc"] == pytest.approx(np.mean(aurocs), abs=1e-12)
    assert np.sum(pooled["confusion_matrix"]) == 3 * 80


def test_per_class_values_are_averaged_over_repeats_too(report, imagine):
    predictions, fits = imagine("multiclass", repeats=2)
    scored, pooled = predictions.of_role("scored"), report(predictions, fits)["out_of_fold"]
    passes = [scored.select(scored.repeat == repeat) for repeat in range(2)]
    recalls = [sklearn_metrics.recall_score(one.target, one.logits.argmax(1), average=None) for one in passes]
    assert [values["recall"] for values in pooled["per_class"].values()] == pytest.approx(np.mean(recalls, axis=0))


def test_the_ensemble_judges_the_mean_probability_of_every_test_row(report, imagine):
    predictions, fits = imagine(tested=30)
    test = predictions.of_role("test")
    chances = [probabilities(test.of_member(*key).logits[:, 0], "binary") for key in test.members()]
    targets = test.of_member(*test.members()[0]).target
    judged = report(predictions, fits)["test"]["ensemble"]
    assert judged["loss"] == pytest.approx(sklearn_metrics.log_loss(targets, np.mean(chances, axis=0)), abs=1e-9)
    assert judged["auroc"] == pytest.approx(sklearn_metrics.roc_auc_score(targets, np.mean(chances, axis=0)), abs=1e-12)


def test_the_ensemble_does_not_depend_on_the_order_of_the_file(imagine):
    test = imagine()[0].of_role("test")
    order = np.random.default_rng(1).permutation(len(test.row))
    names = ("row", "repeat", "fold", "seed", "role", "target", "logits")
    shuffled = replace(test, **{name: getattr(test, name)[order] for name in names})
    for one, other in zip(ensemble(test), ensemble(shuffled), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_the_intervals_are_about_the_pooled_rows_and_not_about_more_of_them(report, imagine):
    predictions, fits = imagine(repeats=3)
    by_row = np.zeros((100, 1), np.float32)
    by_row[predictions.row] = predictions.logits
    predictions.logits[:] = by_row[predictions.row]  # every repeat says the same of a row
    pooled = report(predictions, fits)["out_of_fold"]
    assert list(pooled["intervals"]) == list(METRICS["binary"])
    assert all(bounds["low"] < pooled[name] < bounds["high"] for name, bounds in pooled["intervals"].items())
    once = report(predictions.select(predictions.repeat == 0), fits[:4])["out_of_fold"]["intervals"]
    for name, bounds in pooled["intervals"].items():
        assert (bounds["low"], bounds["high"]) == pytest.approx((once[name]["low"], once[name]["high"]), abs=1e-9)


def test_a_plain_split_has_a_test_part_and_nothing_scored(report, imagine):
    summary = report(*imagine(folds=1))
    assert summary["folds"][0]["scored"] == summary["scored"] == summary["out_of_fold"] == {}
    assert summary["folds"][0]["epochs"] == 20
    assert summary["test"]["ensemble"]["auroc"] == summary["test"]["folds"][0]["auroc"]


def test_without_a_test_part_the_test_is_empty(report, imagine):
    predictions, fits = imagine(tested=0)
    assert report(predictions, fits)["test"] == {}


def test_folds_that_all_diverged_are_null_with_a_reason(report, imagine):
    predictions, fits = imagine()
    predictions.logits[:] = np.nan
    summary = report(predictions, fits)
    assert len(summary["failed"]) == len(fits)
    assert summary["scored"]["auroc"]["mean"] is None
    assert summary["scored"]["auroc"]["ci95"] == [None, None]
    assert summary["test"]["ensemble"]["auroc"] is None
    assert summary["out_of_fold"]["intervals"]["f1"]["low"] is None
    assert "confusion_matrix" not in summary["out_of_fold"]
    assert summary["ensemble"]["auroc"]["better_than"] == 0
    json.dumps(summary, allow_nan=False)


def test_a_fold_that_diverged_is_null_with_a_reason_and_the_others_stay(report, imagine):
    predictions, fits = imagine()
    predictions.logits[predictions.fold == 2] = np.nan
    summary = report(predictions, fits)
    assert summary["folds"][2]["scored"]["auroc"] is None
    assert summary["folds"][2]["scored"]["reasons"]["auroc"] == "20 of 20 rows have a non-finite prediction"
    assert summary["folds"][1]["scored"]["auroc"] > 0.5
    assert np.sum(summary["out_of_fold"]["confusion_matrix"]) == 60  # of the other folds
    json.dumps(summary, allow_nan=False)


def test_one_row_per_fold_is_judged_out_of_fold(report, imagine):
    summary = report(*imagine(folds=80))
    assert summary["scored"]["auroc"]["mean"] is None
    assert 0.5 < summary["out_of_fold"]["auroc"] < 1.0
