"""Median and quartiles over the folds that still train."""

import statistics
import warnings

import numpy as np
import pytest

from evaluation.training_curves.active_folds import spread_over_folds

NAN = float("nan")


@pytest.mark.parametrize("folds", [2, 3, 4, 7, 10])
def test_the_quartiles_are_those_of_the_standard_library(folds):
    values = np.random.default_rng(folds).random((folds, 5))
    found = spread_over_folds(values)
    for epoch in range(5):
        expected = statistics.quantiles(values[:, epoch], n=4, method="inclusive")
        assert [one[epoch] for one in found[:3]] == pytest.approx(expected)
    assert found.folds.tolist() == [folds] * 5


def test_only_folds_that_train_count_and_an_epoch_of_none_is_nan_without_a_warning():
    values = np.array([[1.0, 5.0, NAN, NAN], [2.0, NAN, NAN, NAN], [3.0, np.inf, 7.0, NAN]])
    with warnings.catch_warnings(action="error"):
        found = spread_over_folds(values)
    np.testing.assert_equal(found.median, [2.0, 5.0, 7.0, NAN])
    np.testing.assert_equal(found.lower, [1.5, 5.0, 7.0, NAN])
    np.testing.assert_equal(found.upper, [2.5, 5.0, 7.0, NAN])
    assert found.folds.tolist() == [3, 1, 1, 0]


def test_a_loss_near_the_largest_float_is_an_ordinary_value():
    found = spread_over_folds(np.array([[1e308], [1.0], [2.0]]))
    assert (found.median[0], found.lower[0], np.isfinite(found.upper[0])) == (2.0, 1.5, True)


def test_no_folds_and_no_epochs_are_no_error():
    assert np.isnan(spread_over_folds(np.empty((0, 3))).median).tolist() == [True] * 3
    assert spread_over_folds(np.empty((3, 0))).folds.shape == (0,)
