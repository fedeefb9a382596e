from dataclasses import fields, replace

import numpy as np
import pytest
from small import small

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.member import Member
from configs.sections.training import Training
from datamodules.checks.values import check_table
from datamodules.fold_data import fold_data, training_plan
from datamodules.folds.plan import Role
from datamodules.inputs.statistics import fit_statistics


@pytest.mark.parametrize(("source", "task"), [("iris", "multiclass"), ("diabetes", "regression")])
@pytest.mark.parametrize("told", [{"threshold": 0.5}, {"cost_ratio": 1}, {"threshold": 0.5, "cost_ratio": 1}])
def test_a_threshold_and_its_cost_are_refused_where_none_decides_and_their_defaults_are_not(source, task, told):
    asked = [f"data.source={source}", "folds.method=kfold"]
    with pytest.raises(StudyError) as caught:
        fold_data(load_study(None, [*asked, *(f"evaluation.{name}=0.3" for name in told)]))
    cause = f" of {source} is a {task} target; only a binary one is decided by a threshold, so leave it at "
    for problem, (name, usual) in zip(caught.value.problems, told.items(), strict=True):
        assert problem.startswith(f"evaluation.{name}: '")
        assert problem.endswith(f"{cause}{usual}")
    assert fold_data(load_study(None, [*asked, *(f"evaluation.{name}={float(usual)}" for name, usual in told.items())]))


def test_a_monitor_is_refused_where_it_is_not_measured():
    monitor = "training.early_stopping.monitor=auroc"
    with pytest.raises(
        StudyError,
        match=r"'auroc' is for binary and multiclass, not for regression; use loss, .+\('progression' of diabetes\)",
    ):
        fold_data(load_study(None, ["data.source=diabetes", "folds.method=kfold", monitor]))


def test_a_search_is_refused_for_values_that_are_not_for_its_table():
    space = "{inputs.select: {low: 5, high: 60}, training.loss: [focal, squared], model.dropout: [0.1]}"
    with pytest.raises(StudyError) as raised:
        fold_data(load_study(None, [f"search={{space: {space}}}"]))
    assert [line.partition(";")[0] for line in raised.value.problems] == [
        "search.space.inputs.select: breast_cancer has 30 columns",
        "search.space.training.loss: 'diagnosis' of breast_cancer is a binary target",
    ]


@pytest.mark.parametrize("batch_size", [10**12, 10**29])
def test_a_batch_beyond_reason_is_all_training_rows_and_takes_their_memory_alone(batch_size):
    _, folds = small()
    most = max(map(len, folds.rows(Role.train)))
    plan = training_plan(folds, Training(batch_size=batch_size))
    (chunk,) = plan.epoch(0)
    assert (plan.batch_size, chunk.rows.shape) == (most, (1, 3, most))
    for member, rows in enumerate(folds.rows(Role.train)):
        own = chunk.rows[0, member][chunk.weights[0, member] > 0]
        np.testing.assert_array_equal(np.sort(own), rows)


@pytest.mark.parametrize(("scale", "refused"), [(1e-42, True), (1e-37, True), (1e-35, False)])
def test_a_column_too_small_for_float32_is_refused_with_its_true_cause(make_table, scale, refused):
    table = make_table([0, 1] * 20)
    features = table.features.copy()
    features[:, 1] = np.linspace(0, scale, len(features))
    if refused:
        with pytest.raises(StudyError, match=f"column '{table.columns[1]}' has values that are at most .* too small"):
            check_table(replace(table, features=features), "refuse")
    else:
        check_table(replace(table, features=features), "refuse")
        assert np.isfinite(np.float32(1) / np.float32(features[:, 1].std(dtype=np.float64)))


def test_statistics_are_fitted_once_for_all_seeds_of_a_fold(monkeypatch):
    fitted = []

    def counted(table, plan, *settings):
        fitted.extend(plan.members)
        return fit_statistics(table, plan, *settings)

    study = load_study(None, ["folds.splits=3", "seeds=4", "seed=6"])
    with monkeypatch.context() as patch:
        patch.setattr("datamodules.fold_data.fit_statistics", counted)
        folds = fold_data(study)
    assert fitted == [Member(6, 0, fold) for fold in range(3)]
    whole = fit_statistics(folds.table, folds.plan, study.inputs)
    for one in fields(whole):
        np.testing.assert_array_equal(getattr(folds.statistics, one.name), getattr(whole, one.name))


@pytest.mark.parametrize(("size", "refused"), [(1e17, False), (1e19, True)])
def test_a_target_whose_squared_errors_overflow_is_refused_with_its_range(make_table, size, refused):
    table = make_table(np.linspace(-size, size, 60), "regression")
    study = load_study(None, ["data.source=diabetes", "folds.splits=3"])
    if not refused:
        assert fold_data(study, table=table).members
        return
    with pytest.raises(StudyError, match=r"target 'y' ranges from -1e\+19 to 1e\+19, and squared errors"):
        fold_data(study, table=table)
