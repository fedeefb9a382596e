"""Wilson's interval against SciPy's, and which rows it counts."""

import numpy as np
import pytest
from scipy.stats import binomtest

from evaluation.intervals.wilson import share_intervals, wilson_interval


@pytest.mark.parametrize(("right", "rows"), [(0, 7), (7, 7), (1, 1), (33, 36), (455, 455), (1, 2_000)])
def test_it_is_that_of_scipy(right, rows):
    for level in (0.9, 0.95):
        known = binomtest(right, rows).proportion_ci(level, method="wilson")
        assert wilson_interval(right / rows, rows, level) == pytest.approx(tuple(known), rel=1e-12, abs=1e-15)


def test_it_ends_at_0_and_at_1_and_is_narrower_the_more_rows_there_are():
    assert all(wilson_interval(1.0, rows)[1] == 1 - wilson_interval(0.0, rows)[0] == 1 for rows in range(1, 500))
    lows = [wilson_interval(0.8, rows)[0] for rows in (10, 10.5, 11)]
    assert lows == sorted(lows)


def test_each_share_counts_the_rows_that_it_is_about():
    targets = np.repeat([1, 0], [20, 30])
    logits = np.where(np.arange(50) % 5 == 0, -1.0, 1.0)[:, None] * np.where(targets == 1, 1, -1)[:, None]
    found = share_intervals([logits], targets, "binary", [0.0])  # 4 of the positives and 6 of the negatives are wrong
    for metric, counts in {
        "accuracy": (40, 50),
        "precision": (16, 22),
        "recall": (16, 20),
        "specificity": (24, 30),
    }.items():
        assert found[metric] == pytest.approx(tuple(binomtest(*counts).proportion_ci(method="wilson")))
    assert share_intervals([logits], targets, "binary", [2.0])["recall"] == wilson_interval(0.0, 20)


def test_f1_is_as_sure_as_the_share_of_which_it_is_made():
    """Of 300 studies 285 should hold the truth, of which one in five has an F1 of 1."""
    rng, held, ends = np.random.default_rng(0), 0, 0
    for _ in range(300):
        targets = (rng.random(30) < 0.2).astype(int)
        called = np.where(rng.random(30) < 0.95, targets, 1 - targets)
        low, high = share_intervals([2.0 * called[:, None] - 1], targets, "binary", [0.0])["f1"]
        held += low <= 2 * 0.19 / (0.2 + 0.19 + 0.04) <= high  # true positives, positives and calls of 1
        ends += high == 1
    assert held >= 276
    assert ends > 50


def test_several_classes_share_the_accuracy_alone_and_a_regression_nothing():
    targets = np.arange(30) % 3
    assert share_intervals([np.eye(3)[targets]], targets, "multiclass", [0.0]) == {"accuracy": wilson_interval(1.0, 30)}
    assert share_intervals([targets[:, None]], targets, "regression", [0.0]) == {}


def test_repeats_have_their_mean_share_and_no_more_rows_than_one_of_them():
    targets, once, again = (
        np.array([1, 1, 0, 0]),
        np.array([[1.0], [1], [1], [-1]]),
        np.array([[1.0], [-1], [-1], [-1]]),
    )
    found = share_intervals([once, again], targets, "binary", [0.0, 0.0])
    assert found["accuracy"] == wilson_interval(0.75, 4)
    assert found["precision"] == wilson_interval((2 / 3 + 1) / 2, 2)  # of three calls, and of one


def test_a_share_of_no_rows_is_undefined():
    found = share_intervals([np.full((4, 1), -1.0)], np.zeros(4, int), "binary", [0.0])
    assert np.isnan([found["precision"], found["recall"]]).all()
    assert found["specificity"] == wilson_interval(1.0, 4)
