"""Importance of columns: scikit-learn's numbers for the same predictor, for every kind of column and member."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from mixed import mixed
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.inspection import permutation_importance
from small import small

from configs.errors import StudyError
from datamodules.permuting import sources_of
from datamodules.schema import Column
from evaluation.importance import importance, importance_metrics
from experiment.nets.importance import Effort, permutation_scores
from experiment.results.importance import read_importance
from experiment.run.run_directory import RunDirectory
from experiment.training.importance import correlated_columns, stack_cuts, stack_scores

MANY = Effort(100, 1 << 30, 1 << 30)


class Linear:
    """Networks that are linear in the raw columns, `(members, columns)`."""

    def __init__(self, folds, seed=0, used=None):
        columns = folds.table.num_columns
        self.weights = np.random.default_rng(seed).normal(size=(len(folds.members), columns))
        self.center, self.scale = folds.table.features.mean(0), folds.table.features.std(0)
        if used is not None:
            self.weights[:, np.setdiff1d(np.arange(columns), used)] = 0

    def __call__(self, features):
        scaled = (features - self.center) / self.scale
        return np.einsum("mrc,mc->mr", scaled, self.weights)[..., None]


class OneNetwork(ClassifierMixin, BaseEstimator):
    """One of them as scikit-learn's estimator."""

    def __init__(self, networks=None, member=0):
        self.networks, self.member = networks, member
        self.classes_ = np.array([0, 1])

    def fit(self, features, targets):
        return self

    def decision_function(self, features):
        return self.networks(np.repeat(features[None], len(self.networks.weights), axis=0))[self.member, :, 0]

    def predict(self, features):
        return self.decision_function(features) > 0


class OneRegressor(RegressorMixin, OneNetwork):
    def predict(self, features):
        return self.decision_function(features)


def drops(folds, networks, metrics, cuts=None, effort=MANY):
    cuts = np.zeros(len(folds.members)) if cuts is None else cuts
    scores = permutation_scores(folds, networks, metrics, cuts, effort, batch=64)
    columns = list(sources_of(folds.table.schema))
    return scores, importance(scores, [one[:3] for one in folds.members], 0.3, metrics, columns)


@pytest.mark.parametrize(
    ("task", "metric", "scoring"),
    [("binary", "auroc", "roc_auc"), ("binary", "accuracy", "accuracy"), ("regression", "r2", "r2")],
)
def test_a_fold_has_the_importance_that_scikit_learn_measures_on_its_scored_rows(task, metric, scoring):
    _, folds = small(task=task)
    statistics = folds.statistics
    folds = replace(folds, statistics=replace(
        statistics, target_center=0 * statistics.target_center, target_scale=1 + 0 * statistics.target_scale
    ))  # fmt: skip
    networks = Linear(folds)
    scores, _ = drops(folds, networks, (metric,))
    rows = np.flatnonzero(folds.plan.roles[1] == 3)
    estimator = (OneRegressor if task == "regression" else OneNetwork)(networks, 1)
    given = folds.table.features[rows], folds.table.targets[rows]
    expected = permutation_importance(estimator, *given, scoring=scoring, n_repeats=100, random_state=1)
    base = scores[1, 0, 0]
    found = base - scores[1, 0, 1:].reshape(-1, 100)
    error = np.sqrt((found.var(axis=1) + expected.importances_std**2) / 100)
    assert (np.abs(found.mean(axis=1) - expected.importances_mean) <= 4.5 * error + 1e-12).all()
    np.testing.assert_allclose(found.std(axis=1), expected.importances_std, rtol=0.5, atol=1e-3)


def test_a_column_that_is_not_used_matters_not_at_all_and_noise_has_an_interval_over_0():
    _, folds = small("folds.splits=5")
    noise = np.random.default_rng(3).normal(size=folds.table.rows).astype(np.float32)
    features = folds.table.features.copy()
    features[:, 1] = noise
    folds = replace(folds, table=replace(folds.table, features=features))
    networks = Linear(folds, used=[0, 1])
    networks.weights[:] = 0
    networks.weights[:, 0], networks.weights[:, 1] = -2.0, np.random.default_rng(4).normal(size=5)
    _, found = drops(folds, networks, ("auroc", "loss"))
    by_name = {one["column"]: one for one in found["columns"]}
    names = list(sources_of(folds.table.schema))
    unused = by_name[names[2]]["auroc"]
    assert (unused["mean"], unused["low"], unused["high"]) == (0, 0, 0)
    assert by_name[names[1]]["auroc"]["low"] < 0 < by_name[names[1]]["auroc"]["high"]


def test_rows_that_are_predicted_at_once_or_in_parts_have_the_same_scores():
    _, folds = small()
    networks, cuts = Linear(folds), np.zeros(3)
    few = Effort(2, 100, 1 << 19)
    whole, parts = (permutation_scores(folds, networks, ("loss",), cuts, few, batch) for batch in (1000, 7))
    np.testing.assert_array_equal(whole, parts)
    alone = permutation_scores(folds.subset([1]), lambda rows: networks(np.repeat(rows, 3, 0))[1:2], ("loss",), cuts,
                               few, 100)  # fmt: skip
    np.testing.assert_array_equal(whole[1], alone[0])


def test_many_columns_have_fewer_permutations_and_many_rows_are_sampled():
    _, folds = small()
    counted = []

    def networks(rows):
        counted.append(rows.shape[0] * rows.shape[1])
        return np.zeros((*rows.shape[:2], 1))

    cuts = np.zeros(3)
    assert permutation_scores(folds, networks, ("loss",), cuts, Effort(5, 100, 1 << 30), 64).shape == (3, 1, 1 + 30 * 3)
    counted.clear()
    permutation_scores(folds, networks, ("loss",), cuts, Effort(5, 100, 90 * 20), 60)
    assert sum(counted) <= 3 * (90 * 20 + 60)


def test_the_parts_of_a_date_and_all_levels_of_a_column_of_words_are_one_column():
    _, folds = mixed()

    def networks(rows):
        return np.nan_to_num(rows[..., 3:4] - rows[..., 4:5] / 1000.0) / 1000.0

    _, found = drops(folds, networks, ("loss",), effort=Effort(3, 100, 1 << 19))
    assert {one["column"] for one in found["columns"]} == {
        "age", "sex", "smokes", "seen", "size", "zone", "dose"
    }  # fmt: skip
    assert {one["column"] for one in found["columns"] if one["loss"]["mean"] != 0} == {"seen"}


def test_a_threshold_metric_is_decided_by_the_threshold_of_the_study():
    study, folds = small("evaluation.threshold=f1", "evaluation.metrics=[f1]")
    metrics = importance_metrics("binary", study.evaluation.shown_metrics)
    assert metrics == ("f1", "loss")
    networks = Linear(folds)
    rows = [np.flatnonzero(np.isin(roles, (2, 3, 4))) for roles in folds.plan.roles]
    logits = [networks(np.repeat(folds.table.features[own][None], 3, 0))[member] for member, own in enumerate(rows)]
    cuts = stack_cuts(study, folds, [one.astype(np.float32) for one in logits], metrics)
    assert (cuts != 0).all()
    assert not stack_cuts(study, folds, logits, ("auroc", "loss")).any()


def test_trials_and_tables_of_many_columns_are_not_measured():
    study, folds = small()
    assert stack_scores(study, replace(folds, trials={0: study}), Linear(folds), []) is None
    study, folds = small(task="binary")
    wide = replace(
        folds.table, schema=tuple(Column(f"{i}", f"{i}") for i in range(30)), columns=tuple(map(str, range(30)))
    )
    assert stack_scores(study, replace(folds, table=wide), Linear(folds), []) is not None
    study, folds = small("data.source=digits")
    assert folds.table.num_columns > 50
    assert stack_scores(study, folds, Linear(folds), []) is None


def test_a_duplicated_column_is_named_whatever_it_holds():
    _, folds = mixed()
    table = folds.table
    doubled = replace(
        table, features=np.column_stack([table.features, table.features[:, [6, 7]]]),
        columns=(*table.columns, "district", "amount"),
        schema=(*table.schema, replace(table.schema[6], name="district", source="district"),
                replace(table.schema[7], name="amount", source="amount")),
    )  # fmt: skip
    pairs = [pair["columns"] for pair in correlated_columns(replace(folds, table=doubled))]
    assert ["zone", "district"] in pairs
    assert ["dose", "amount"] in pairs


@pytest.fixture
def copied(default_run, tmp_path):
    run, _ = default_run
    shutil.copytree(run.root, tmp_path / "run")
    return RunDirectory(tmp_path / "run")


@pytest.mark.slow
def test_both_frameworks_find_the_same_importance(default_run):
    run, _ = default_run
    one, other = (read_importance(run.framework(name)) for name in ("lightning", "tensorflow"))
    here, there = ({c["column"]: c for c in found["columns"]} for found in (one, other))
    for name, column in here.items():
        for metric in one["metrics"]:
            np.testing.assert_allclose(column[metric]["folds"], there[name][metric]["folds"], atol=1e-3)


def test_a_damaged_importance_is_told_and_one_of_other_weights_is_none(copied):
    directory = copied.framework("lightning")
    known = json.loads(directory.importance.read_text())
    assert read_importance(directory)["folds"]
    directory.importance.write_text(json.dumps(known | {"repeats": 7}))
    with pytest.raises(StudyError, match=r"importance\.json: is damaged.*--explain"):
        read_importance(directory)
    shutil.copy(copied.framework("tensorflow").importance, directory.importance)
    assert read_importance(directory) == {}
    directory.importance.unlink()
    assert read_importance(directory) == {}
