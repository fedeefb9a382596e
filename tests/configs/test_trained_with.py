"""What of a training is not as in the evaluation, in words."""

import pytest

from configs.loading.loading import load_study
from configs.trained_with import shifted_by, trained_with


@pytest.mark.parametrize(
    ("overrides", "task", "loss", "shift"),
    [
        ([], "binary", "", ""),
        (["training.loss=cross_entropy"], "multiclass", "", ""),
        (["training.loss=squared"], "regression", "", ""),
        (["training.loss=quantile"], "regression", "quantile (quantile 0.5)", ""),
        (["training.loss={name: cross_entropy, label_smoothing: 0.1}"], "binary",
         "cross_entropy (label_smoothing 0.1)", ""),
        (["training.class_weights=balanced"], "binary", "cross_entropy with class weights", "class weights"),
        (["data.weight=w"], "regression", "squared with row weights", ""),
        (["training.loss=focal", "data.weight=w", "training.sampling=balanced"], "binary",
         "focal (gamma 2.0) with row weights and balanced sampling", "row weights and balanced sampling"),
    ],
)  # fmt: skip
def test_a_loss_or_weights_that_the_evaluation_has_not_are_named(overrides, task, loss, shift):
    study = load_study(None, overrides)
    assert (trained_with(study, task), shifted_by(study, task)) == (loss, shift)
