import numpy as np
import pytest

from evaluation.judging.probabilities import ensemble_logits, one_vs_rest_logits, probabilities


@pytest.mark.parametrize(("task", "outputs"), [("binary", 1), ("multiclass", 4)])
def test_the_ensemble_is_the_mean_of_the_members_probabilities(task, outputs):
    logits = np.random.default_rng(0).normal(size=(5, 30, outputs)) * 4
    expected = probabilities(logits, task).mean(axis=0)
    np.testing.assert_allclose(probabilities(ensemble_logits(logits, task), task), expected, rtol=1e-12)


def test_the_ensemble_of_a_regression_is_the_mean_prediction():
    logits = np.array([[[1.0], [2.0]], [[3.0], [6.0]]])
    np.testing.assert_array_equal(ensemble_logits(logits, "regression"), [[2.0], [4.0]])


def test_the_ensemble_keeps_the_order_of_rows_whose_probability_rounds_to_one():
    first, second = ensemble_logits(np.array([[[50.0], [60.0]], [[55.0], [65.0]]]), "binary").ravel()
    assert second - first == pytest.approx(10.0, abs=1e-9)


def test_enormous_logits_do_not_overflow():
    assert probabilities(np.array([[-1e9], [1e9]]), "binary").ravel().tolist() == [0.0, 1.0]
    assert np.isfinite(one_vs_rest_logits(np.array([[1e4, 0.0, -1e4]]))).all()


def test_one_against_the_rest_are_the_log_odds_of_the_softmax():
    logits = np.random.default_rng(0).normal(size=(20, 4))
    chances = probabilities(logits, "multiclass")
    np.testing.assert_allclose(one_vs_rest_logits(logits), np.log(chances / (1 - chances)), rtol=1e-9, atol=1e-9)
