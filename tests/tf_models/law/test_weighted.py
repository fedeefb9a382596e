"""Rows that weigh more or less in the training loss, and rows that are drawn by class."""

import numpy as np
import pytest
import weighted
from trajectory import WAYS, largest_difference, trajectory

FRAMEWORK = "tensorflow"
WEIGHTED = {
    "classes": ("training.class_weights=balanced", "training.loss={name: focal, gamma: 1}"),
    "a column": ("training.class_weights={benign: 0.3}", "data.weight=worst_area"),
    "drawn": ("training.sampling=balanced",),
}
SMALL = ("training.precision=64", "folds.splits=4", "model.hidden=[8]", *WAYS["adam"])


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_row_of_weight_n_trains_as_n_equal_rows_and_one_of_weight_0_as_none(task):
    by_weight, by_rows = weighted.by_weight_and_by_rows(FRAMEWORK, task)
    assert largest_difference(by_weight.weights, by_rows.weights) < 1e-12
    np.testing.assert_allclose(by_weight.losses, by_rows.losses, rtol=1e-12)
    assert largest_difference(by_weight.weights, weighted.unweighted(FRAMEWORK, task).weights) > 1e-3


@pytest.mark.parametrize("batch_size", [7, 1000])
def test_the_training_loss_is_scikit_learns_with_sample_weights_in_any_batches(batch_size):
    found, expected = weighted.found_and_expected_losses(FRAMEWORK, batch_size)
    np.testing.assert_allclose(found, expected, rtol=1e-8)  # a history has nine digits


@pytest.mark.slow
@pytest.mark.parametrize("case", WEIGHTED)
def test_weights_of_a_member_are_its_own_in_any_stack_chunk_and_engine(case):
    engine = {"lightning": "eager", "tensorflow": "compiled"}[FRAMEWORK]
    alone = "stack.size=1", "training.steps_per_execution=3", f"training.engine={engine}"
    whole, changed = (trajectory(FRAMEWORK, (*SMALL, *WEIGHTED[case], *others)) for others in ((), alone))
    assert largest_difference(whole, changed) < 1e-7
    plain = trajectory(FRAMEWORK, (*SMALL, *WEIGHTED[case][1:]))
    assert largest_difference(whole, plain) > 1e-3
