import numpy as np
import pytest
from imagined import validation_of
from scipy.special import logit
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from evaluation.choices.calibration import calibration, calibrations, member_bins
from evaluation.judging.probabilities import probabilities


def test_the_error_of_five_rows_by_hand():
    chances, targets = np.array([0.02, 0.08, 0.35, 0.95, 0.97]), np.array([0, 1, 0, 1, 1])
    judged = calibration(logit(chances)[:, None], targets, "binary")
    # bins 0, 3 and 9: |0.05 - 0.5| of two rows, |0.35 - 0| of one, |0.96 - 1| of two
    assert judged["ece"] == pytest.approx((2 * 0.45 + 0.35 + 2 * 0.04) / 5)
    assert [one["count"] for one in judged["bins"]] == [2, 0, 0, 1, 0, 0, 0, 0, 0, 2]
    assert (judged["bins"][3]["low"], judged["bins"][3]["high"]) == (0.3, 0.4)
    assert np.isnan(judged["bins"][1]["mean_probability"])


def test_the_bins_are_those_of_scikit_learn(imagine):
    scored = imagine()[0].of_role("scored")
    chances = probabilities(scored.logits[:, 0], "binary")
    shares, means = calibration_curve(scored.target, chances, n_bins=10)
    filled = [one for one in member_bins(scored) if one["count"]]
    assert [one["share_positive"] for one in filled] == pytest.approx(shares)
    assert [one["mean_probability"] for one in filled] == pytest.approx(means)


def test_a_multiclass_task_is_asked_about_the_class_that_it_calls():
    logits = np.log([[0.5, 0.3, 0.2], [0.1, 0.85, 0.05]])
    judged = calibration(logits, np.array([1, 1]), "multiclass")
    assert judged["ece"] == pytest.approx((0.5 + 0.15) / 2)
    assert judged["brier"] == pytest.approx((0.5**2 + 0.7**2 + 0.2**2 + 0.1**2 + 0.15**2 + 0.05**2) / 2)


def test_a_probability_of_one_is_in_the_last_bin():
    assert calibration(np.array([[800.0]]), np.array([1]), "binary")["bins"][9]["count"] == 1


def test_after_is_what_each_members_temperature_makes_of_its_rows(imagine):
    predictions, fits = imagine()
    scored, validation = predictions.of_role("scored"), validation_of(predictions, fits)
    keys = [(0, 0, fold) for fold in range(4)]
    told = calibrations(scored, predictions.of_role("test"), validation, keys)
    cooled = probabilities(scored.logits[:, 0] / np.array(told["temperature"])[scored.fold], "binary")
    assert told["out_of_fold"]["after"]["loss"] == pytest.approx(log_loss(scored.target, cooled), rel=1e-5)
    assert told["out_of_fold"]["after"]["brier"] == pytest.approx(brier_score_loss(scored.target, cooled), rel=1e-5)
    assert told["out_of_fold"]["after"]["ece"] != told["out_of_fold"]["ece"]


def test_of_the_test_part_every_members_logits_are_divided_before_the_ensemble_is_made(imagine):
    predictions, fits = imagine(tested=40)
    test, keys = predictions.of_role("test"), [(0, 0, fold) for fold in range(4)]
    told = calibrations(predictions.of_role("scored"), test, validation_of(predictions, fits), keys)
    members = [test.of_member(*key) for key in keys]
    divided = [one.logits[:, 0] / by for one, by in zip(members, told["temperature"], strict=True)]
    for judged, logits in ((told["test"], [one.logits[:, 0] for one in members]), (told["test"]["after"], divided)):
        chances = np.mean([1 / (1 + np.exp(-one.astype(float))) for one in logits], axis=0)
        assert judged["loss"] == pytest.approx(log_loss(members[0].target, chances), rel=1e-5)
    assert told["test"]["after"]["loss"] != pytest.approx(told["test"]["loss"], rel=1e-3)


def test_scaling_helps_a_network_that_is_too_sure_of_itself(imagine):
    predictions, fits = imagine(rows=400, tested=100)
    validation = validation_of(predictions, fits, rows=200)
    predictions.logits[:], validation.logits[:] = predictions.logits * 5, validation.logits * 5
    keys = [(0, 0, fold) for fold in range(4)]
    told = calibrations(predictions.of_role("scored"), predictions.of_role("test"), validation, keys)
    assert all(temperature > 2 for temperature in told["temperature"])
    assert all(told["out_of_fold"]["after"][name] < told["out_of_fold"][name] for name in ("ece", "brier", "loss"))


def test_a_regression_has_no_probabilities_and_folds_that_all_diverged_no_calibration(imagine, judged):
    assert judged(*imagine("regression"))["calibration"] == {}
    predictions, fits = imagine()
    predictions.logits[:] = np.nan
    told = judged(predictions, fits)["calibration"]["out_of_fold"]
    assert (told["ece"], told["bins"]) == (None, [])
    assert told["reasons"] == {"ece": "some rows have a non-finite prediction"}
