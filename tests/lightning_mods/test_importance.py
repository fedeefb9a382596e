"""Importance of columns, measured by the networks of a training."""

import numpy as np
import pytest
import torch
from explained import assert_explained
from raw_rows import assert_raw_rows
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import permutation_importance

from datamodules.fold_data import fold_data
from experiment.results.importance import read_importance
from lightning_mods.fold_network import fold_network


def test_raw_rows_of_each_members_own_are_predicted_as_those_of_the_table(tmp_path):
    assert_raw_rows(tmp_path, "lightning_mods")


@pytest.mark.slow
def test_explaining_a_run_measures_what_scikit_learns_model_with_its_weights_loses(tmp_path, monkeypatch, capsys):
    assert_explained(tmp_path, "lightning", monkeypatch, capsys)


class Estimator(ClassifierMixin, BaseEstimator):
    """The network of a fold as scikit-learn's."""

    def __init__(self, network=None):
        self.network = network
        self.classes_ = np.array([0, 1])

    def fit(self, features, targets):
        return self

    @torch.inference_mode()
    def predict_proba(self, features):
        positive = self.network(torch.as_tensor(features)).numpy()[:, 0]
        return np.column_stack([1 - positive, positive])


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "scoring"), [("auroc", "roc_auc"), ("loss", "neg_log_loss")])
def test_a_fold_of_a_run_has_the_importance_that_scikit_learn_measures_with_its_network(default_run, metric, scoring):
    run, _ = default_run
    found = read_importance(run.framework("lightning"))
    study = run.load_study()
    folds = fold_data(study, run.load_plan())
    rows = folds.plan.rows_of(4, 3)
    estimator = Estimator(fold_network(run.root, fold=4, probabilities=True))
    given = folds.table.features[rows], folds.table.targets[rows]
    expected = permutation_importance(estimator, *given, scoring=scoring, n_repeats=30, random_state=0)
    ours = {one["column"]: one[metric]["folds"][4] for one in found["columns"]}
    error = expected.importances_std * np.sqrt(1 / 30 + 1 / found["repeats"])
    apart = np.abs(np.array([ours[name] for name in folds.table.columns]) - expected.importances_mean)
    positive = given[1].sum()
    pair = 1 / (positive * (len(rows) - positive)) if metric == "auroc" else 1e-5  # the smallest change of the AUROC
    assert (apart <= 4.5 * error + pair).all()
    assert np.abs(expected.importances_mean).max() > 0.001
