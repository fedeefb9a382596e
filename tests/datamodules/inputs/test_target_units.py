"""Targets as they are learned, and back: scikit-learn's transformers of each fold's training rows."""

import numpy as np
import pytest
from small import small
from target_units import transformer

from configs.errors import StudyError
from configs.loading.loading import load_study
from datamodules.fold_data import fold_data
from datamodules.folds.plan import Role
from datamodules.inputs.target_units import goals, in_target_units


@pytest.mark.parametrize("method", ["standard", "log", "quantile"])
def test_targets_become_what_scikit_learn_makes_of_them_and_back(method):
    _, folds = small(f"inputs.target={method}", task="regression")
    learned = goals(folds.table.targets, folds.statistics)
    outputs = np.random.default_rng(0).normal(0, 2, (len(folds.members), 200, 1))
    restored = in_target_units(outputs, folds.statistics)
    for member, rows in enumerate(folds.rows(Role.train)):
        targets = folds.table.targets.astype(np.float64)[:, None]
        scale = transformer(method, folds.statistics.target_quantiles.shape[1]).fit(targets[rows])
        np.testing.assert_allclose(learned[member], scale.transform(targets)[:, 0], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(restored[member], scale.inverse_transform(outputs[member]), rtol=1e-9)


@pytest.mark.parametrize(
    ("overrides", "cause"),
    [
        (["data.source=wine", "inputs.target=log"], "is a multiclass target; log is for a regression"),
        (["data.source=breast_cancer", "inputs.target=quantile"], "quantile is for a regression, so leave it"),
    ],
)
def test_a_scale_of_the_target_is_for_a_regression(overrides, cause):
    with pytest.raises(StudyError, match=cause):
        fold_data(load_study(None, [*overrides, "baselines=[]"]))


def test_a_logarithm_of_a_negative_target_is_refused_with_its_row(tmp_path):
    lines = [f"{number},{number * 2 - 5}" for number in range(40)]
    (tmp_path / "y.csv").write_text("\n".join(["x,y", *reversed(lines)]))
    with pytest.raises(StudyError, match=r"'y' of y.csv has -5 in row 40, and log needs targets >= 0"):
        fold_data(load_study(None, [f"data.source={tmp_path / 'y.csv'}", "data.target=y", "inputs.target=log"]))
