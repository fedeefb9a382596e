"""The local mean is a weighted least squares line of the nearest points, as scikit-learn fits it."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from evaluation.smoothing import local_mean

RNG = np.random.default_rng(4)
X = np.sort(RNG.normal(size=60))
Y = np.sin(3 * X) + 0.1 * RNG.normal(size=60)


@pytest.mark.parametrize("span", [0.1, 0.5, 1.0])
def test_each_place_has_scikit_learns_line_with_tricube_weights(span):
    places = [-1.3, 0.0, X[7], 2.0]
    for place, found in zip(places, local_mean(X, Y, places, span), strict=True):
        distance = np.abs(X - place)
        reach = np.sort(distance)[int(np.ceil(span * 60)) - 1]
        weights = np.where(distance < reach, (1 - (distance / reach) ** 3) ** 3, 0)
        line = LinearRegression().fit(X[:, None], Y, sample_weight=weights)
        assert found == pytest.approx(line.predict([[place]])[0], rel=1e-6)


def test_a_straight_line_stays_one_and_equal_places_have_their_mean():
    np.testing.assert_allclose(local_mean(X, 3 * X - 1, [-2.0, 0.3, 5.0]), [-7, -0.1, 14], rtol=1e-9)
    np.testing.assert_allclose(local_mean([2.0] * 5, [1, 2, 3, 4, 5], [2.0]), [3.0])
    np.testing.assert_allclose(local_mean([1e8, 1e8, 1e8], [1, 2, 3], [1e8]), [2.0])


def test_points_that_are_all_as_far_away_count_alike_and_one_place_of_many_points_has_their_mean():
    np.testing.assert_allclose(local_mean([0, 0, 2, 2], [1, 1, 3, 3], [1.0]), [2.0])
    np.testing.assert_allclose(local_mean([0.0] * 9 + [0.5], [1.0] * 9 + [9.0], [0.0]), [1.0])
    np.testing.assert_allclose(local_mean([0.0] * 5, [1, 2, 3, 4, 5], [0.0]), [3.0])
