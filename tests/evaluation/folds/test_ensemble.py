import numpy as np
import pytest

from evaluation.folds.ensemble import against_folds
from evaluation.judging.catalogue import METRICS, metric_of


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_ensemble_is_compared_with_each_fold_alone(imagine, judged, task):
    metrics = judged(*imagine(task, tested=40))
    assert list(metrics["ensemble"]) == list(METRICS[task])
    for metric, told in metrics["ensemble"].items():
        alone = [fold[metric] for fold in metrics["test"]["folds"]]
        sign = -1 if metric_of(metric).falls else 1
        assert told["ensemble"] == metrics["test"]["ensemble"][metric]
        assert told["folds"] == alone
        assert told["mean_of_folds"] == pytest.approx(np.mean(alone))
        assert told["better_than"] == sum(sign * told["ensemble"] > sign * one for one in alone)


def test_the_loss_of_the_mean_probability_is_never_above_the_mean_loss(imagine, judged):
    told = judged(*imagine(tested=40))["ensemble"]["loss"]  # Jensen's inequality
    assert told["ensemble"] < told["mean_of_folds"]


def test_a_tie_is_no_win():
    test = {"ensemble": {"rmse": 1.0, "loss": 1.0, "mae": 1.0, "r2": 0.5}, "folds": []}
    test["folds"] = [test["ensemble"], test["ensemble"] | {"rmse": 1.1, "r2": 0.4}]
    told = against_folds(test, "regression")
    assert [one["better_than"] for one in told.values()] == [0, 1, 0, 1]


def test_one_network_and_no_test_part_have_nothing_to_compare(imagine, judged):
    assert judged(*imagine(folds=1))["ensemble"] == {}
    assert judged(*imagine(tested=0))["ensemble"] == {}


def test_the_confusion_matrix_and_the_intervals_are_the_ensembles(imagine, judged):
    predictions, fits = imagine(tested=40)
    predictions.logits[predictions.row % 9 == 0] *= -1
    test = judged(predictions, fits)["test"]
    matrix = np.array(test["ensemble"]["confusion_matrix"])
    assert matrix.sum() == 40
    assert np.trace(matrix) / 40 == pytest.approx(test["ensemble"]["accuracy"])
    for metric, interval in test["intervals"].items():
        assert interval["low"] <= test["ensemble"][metric] <= interval["high"], metric
