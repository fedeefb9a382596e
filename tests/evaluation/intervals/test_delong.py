"""DeLong's interval against the definition, and against SciPy's Brunner-Munzel test, which has the same variance."""

import numpy as np
import pytest
from scipy import stats
from scipy.differentiate import derivative
from scipy.special import logit
from sklearn.metrics import roc_auc_score

from evaluation.intervals.delong import (
    Components,
    clustered_error,
    components,
    interval,
    mean_components,
    newcombe_interval,
    no_clustered_error,
    standard_error,
)

TARGETS = np.array([0, 1] * 30 + [0] * 15)


def scores(seed: int, digits: int = 1) -> np.ndarray:
    """Rounded, so that there are ties."""
    return np.round(np.random.default_rng(seed).normal(size=len(TARGETS)) + TARGETS, digits)


@pytest.mark.parametrize("digits", [0, 1, 8])
def test_the_parts_are_those_of_the_definition(digits):
    score = scores(0, digits)
    pairs = score[TARGETS == 1][:, None] - score[TARGETS == 0][None, :]
    kernel = np.where(pairs > 0, 1.0, np.where(pairs == 0, 0.5, 0.0))
    parts = components(score, TARGETS)
    np.testing.assert_allclose(parts.positive, kernel.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(parts.negative, kernel.mean(axis=0), rtol=1e-12)
    assert parts.area == pytest.approx(roc_auc_score(TARGETS, score), abs=1e-12)


@pytest.mark.parametrize("digits", [0, 1, 8])
def test_the_standard_error_is_that_of_brunner_and_munzel(digits):
    score = scores(1, digits)
    parts = components(score, TARGETS)
    known = stats.brunnermunzel(score[TARGETS == 1], score[TARGETS == 0]).statistic
    assert (0.5 - parts.area) / standard_error(parts) == pytest.approx(known, rel=1e-10)


def test_the_interval_is_the_normal_one_of_the_log_odds_and_stays_within_what_an_area_can_be():
    parts = components(scores(2), TARGETS)
    error = standard_error(parts) * derivative(logit, parts.area, initial_step=0.01).df  # delta method
    low, high = stats.norm(logit(parts.area), error).interval(0.95)
    assert interval(parts) == pytest.approx((1 / (1 + np.exp(-low)), 1 / (1 + np.exp(-high))), rel=1e-6)
    nearly_perfect = Components(0.99, np.array([0.9, 1.0, 1.0]), np.array([0.9, 1.0, 1.0]))
    assert 0.0 < interval(nearly_perfect)[0] < 0.99 < interval(nearly_perfect)[1] < 1.0


@pytest.mark.parametrize("apart", [1.0, 2.5, 3.5])  # areas of 0.76, 0.961 and 0.993
def test_the_interval_holds_the_true_area_in_95_of_100_studies(apart):
    """Positives lie so many standard deviations higher. On the area's own scale 3.5 would be held in 75 of 100."""
    truth, rng = stats.norm.cdf(apart / np.sqrt(2)), np.random.default_rng(0)
    drawn = [components(rng.normal(size=len(TARGETS)) + apart * TARGETS, TARGETS) for _ in range(1000)]
    assert np.mean([low <= truth <= high for low, high in map(interval, drawn)]) == pytest.approx(0.96, abs=0.025)


def test_perfect_separation_is_no_certainty():
    """Newcombe's interval ends where the area that was found is as unlikely as it may be, and knows both directions."""
    low, high = newcombe_interval(1.0, 40, 60)
    assert high == 1.0
    pairs, rows = 40 * 60, 49  # Hanley and McNeil's variance, both counts of rows being their mean less one
    error = np.sqrt(low * (1 - low) / pairs * (1 + rows * (1 - low) / (2 - low) + rows * low / (1 + low)))
    assert (1 - low) / error == pytest.approx(stats.norm.isf(0.025))
    assert newcombe_interval(0.0, 40, 60) == pytest.approx((0.0, 1 - low))
    assert newcombe_interval(1.0, 400, 600)[0] > low
    perfect = components(10.0 * TARGETS, TARGETS)
    assert interval(perfect) == newcombe_interval(1.0, 30, 45)
    assert interval(components(0.0 * TARGETS, TARGETS)) == newcombe_interval(0.5, 30, 45)


def test_repeats_that_say_the_same_are_no_more_rows():
    one, other = components(scores(3), TARGETS), components(scores(4), TARGETS)
    assert standard_error(mean_components([one, one, one])) == pytest.approx(standard_error(one), rel=1e-12)
    both = mean_components([one, other])
    assert both.area == pytest.approx((one.area + other.area) / 2)
    covariance = np.cov(one.positive, other.positive) / 30 + np.cov(one.negative, other.negative) / 45
    assert standard_error(both) == pytest.approx(np.sqrt(covariance.sum()) / 2, rel=1e-12)


def test_one_row_of_a_class_has_no_error():
    assert np.isnan(standard_error(components(np.arange(5.0), np.array([0, 0, 0, 0, 1]))))


def of_classes(groups, targets):
    return groups[targets == 1], groups[targets == 0]


def test_rows_that_are_all_groups_of_their_own_are_independent():
    parts = components(scores(0), TARGETS)
    alone = clustered_error(parts, *of_classes(np.arange(len(TARGETS)), TARGETS))
    assert alone == pytest.approx(standard_error(parts), rel=1e-9)


def test_rows_that_are_there_three_times_make_no_surer():
    targets, groups = np.repeat(TARGETS, 3), np.repeat(np.arange(len(TARGETS)), 3)
    once, thrice = components(scores(0), TARGETS), components(np.repeat(scores(0), 3), targets)
    assert clustered_error(thrice, *of_classes(groups, targets)) == pytest.approx(standard_error(once), rel=1e-9)
    assert standard_error(thrice) < 0.6 * standard_error(once)


def test_the_error_of_groups_is_the_spread_of_areas_of_groups_that_are_drawn_anew():
    """Sixty patients, some with visits of both classes; scikit-learn's area of 1,500 resamples of patients."""
    rng, groups = np.random.default_rng(3), np.repeat(np.arange(60), 5)
    targets = np.where(groups < 20, rng.random(300) < 0.4, groups % 2)
    score = targets + rng.normal(size=60)[groups] + rng.normal(size=300)
    drawn = []
    for _ in range(1500):
        rows = (5 * rng.integers(60, size=60)[:, None] + np.arange(5)).ravel()
        drawn.append(roc_auc_score(targets[rows], score[rows]))
    error = clustered_error(components(score, targets), *of_classes(groups, targets))
    assert error == pytest.approx(np.std(drawn), rel=0.06)
    assert standard_error(components(score, targets)) < 0.8 * np.std(drawn)


def test_the_error_of_four_patients_by_hand():
    """Obuchowski's S10 / M + S01 / N + 2 S11 / (M N) of eight scores, two of them tied.

    A has positives 5 and 2 and a negative 1; B a positive 4 and a negative 3; C negatives 0 and 2; D a positive 6. The
    area is 29/32. In 32nds the positives of A, B, C, D exceed it by -6, 3, 0, 3, and the negatives by 3, -5, 2, 0:

    * S10 = 3/2 (36 + 9 + 9) / 4, of the three patients with positives: over M = 4 it is 81/16;
    * S01 = 3/2 (9 + 25 + 4) / 4, of the three with negatives: over N = 4 it is 57/16;
    * S11 = 4/3 (-18 - 15), of all four: twice over M N = 16 it is -88/16.
    """
    scores, targets = np.array([5, 2, 1, 4, 3, 0, 2, 6]), np.array([1, 1, 0, 1, 0, 0, 0, 1])
    parts = components(scores, targets)
    assert parts.area == 29 / 32
    error = clustered_error(parts, *of_classes(np.array([0, 0, 0, 1, 1, 2, 2, 3]), targets))
    assert error == pytest.approx(np.sqrt((81 + 57 - 88) / 16) / 32, rel=1e-12)


def test_a_class_in_a_single_group_has_no_error():
    parts = components(scores(0), TARGETS)
    assert np.isnan(clustered_error(parts, *of_classes(TARGETS, TARGETS)))


@pytest.mark.filterwarnings("error")
def test_a_variance_that_is_negative_by_rounding_is_undefined_and_says_why():
    """In both groups the positives fall short of the area by what the negatives exceed it, and the other way round."""
    targets, groups = np.array([1, 0, 1, 0, 0, 1]), np.array([0, 1, 1, 0, 0, 1])
    parts = Components(7 / 18, np.array([3, 15, 3]) / 18, np.array([3, 6, 12]) / 18)
    own = of_classes(groups, targets)
    assert np.isnan(clustered_error(parts, *own))
    assert "cancel out" in no_clustered_error(parts, *own)
    same = Components(0.0, np.zeros(3), np.zeros(3))  # a run against itself
    assert (clustered_error(same, *own), no_clustered_error(same, *own)) == (0.0, "")
    assert no_clustered_error(parts, *of_classes(targets, targets)) == "a class has rows in a single group"
