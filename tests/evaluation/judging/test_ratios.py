import numpy as np
import pytest
from sklearn.metrics import r2_score

from evaluation.judging.ratios import r2_of_means, ratio


def test_a_ratio_to_nothing_is_undefined():
    np.testing.assert_array_equal(ratio(np.array([1.0, 0.0, 0.0]), np.array([2.0, 3.0, 0.0])), [0.5, 0.0, np.nan])


@pytest.mark.parametrize("seed", range(3))
def test_r2_is_that_of_scikit_learn(seed):
    targets, predicted = np.random.default_rng(seed).normal(size=(2, 50))
    means = [np.array([values.mean()]) for values in ((predicted - targets) ** 2, targets, targets**2)]
    assert r2_of_means(*means) == pytest.approx(r2_score(targets, predicted))


@pytest.mark.parametrize("value", [0.0, 0.1, -3.7, 1e6, 1e-9])
def test_equal_targets_have_no_r2_whatever_rounding_leaves(value):
    targets = np.full((40, 97), value) + np.arange(40)[:, None] * value / 7
    assert np.isnan(r2_of_means(np.ones(40), targets.mean(axis=1), (targets**2).mean(axis=1))).all()
