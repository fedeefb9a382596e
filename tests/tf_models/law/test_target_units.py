"""A target that is learned on another scale: what leaves the model is in its own units."""

import numpy as np
import pytest
import target_units

FRAMEWORK = "tensorflow"
METHODS = ("standard", "log", "quantile")


@pytest.mark.parametrize("method", METHODS)
def test_the_training_loss_is_told_in_the_targets_own_units(method):
    told, expected = target_units.told_and_expected_losses(FRAMEWORK, method)
    np.testing.assert_allclose(told, expected, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS[1:])
def test_a_linear_net_predicts_as_scikit_learns_regression_of_the_transformed_target(method):
    predicted, expected = target_units.predicted_and_least_squares(FRAMEWORK, method)
    np.testing.assert_allclose(predicted, expected, rtol=1e-4)
