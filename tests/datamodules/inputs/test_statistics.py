import warnings
from dataclasses import replace

import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest, f_classif, f_regression
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, RobustScaler, StandardScaler

from configs.errors import StudyError
from configs.member import Member
from configs.sections.data import Data
from configs.sections.folds import Folds
from configs.sections.inputs import Inputs
from datamodules.folds.plan import FoldPlan, Role, plan_folds
from datamodules.inputs.applying import apply
from datamodules.inputs.statistics import fit_statistics
from datamodules.reading.loading import load_table

SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler, "none": FunctionTransformer}


@pytest.fixture
def holed(make_table):
    """A table with missing values in every column, and its plan."""
    rng = np.random.default_rng(0)
    features = rng.lognormal(size=(80, 6)).astype(np.float32)
    features[rng.random((80, 6)) < 0.1] = np.nan
    table = make_table(rng.integers(0, 2, 80), features=features, columns=tuple("abcdef"))
    return table, plan_folds(table, Folds(splits=4), 0)


@pytest.mark.parametrize("scale", SCALERS)
@pytest.mark.parametrize("impute", ["mean", "median"])
def test_statistics_equal_a_scikit_learn_pipeline_fitted_on_the_training_rows(holed, scale, impute):
    table, plan = holed
    statistics = fit_statistics(table, plan, Inputs(scale=scale, impute=impute))
    for member in range(len(plan.members)):
        train = table.features[plan.rows_of(member, Role.train)].astype(np.float64)
        pipeline = make_pipeline(SimpleImputer(strategy=impute), SCALERS[scale]()).fit(train)
        expected = pipeline.transform(table.features.astype(np.float64))
        np.testing.assert_allclose(apply(table.features, statistics, member), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("source", "score"), [("breast_cancer", f_classif), ("wine", f_classif), ("diabetes", f_regression)]
)
def test_selected_columns_are_those_of_select_k_best_on_the_training_rows(source, score):
    table = load_table(Data(source=source))
    plan = plan_folds(table, Folds(method="kfold", splits=3), 0)
    statistics = fit_statistics(table, plan, Inputs(select=4))
    for member in range(3):
        rows = plan.rows_of(member, Role.train)
        support = (
            SelectKBest(score, k=4).fit(table.features[rows].astype(np.float64), table.targets[rows]).get_support()
        )
        np.testing.assert_array_equal(statistics.keep[member], support)
        assert (apply(table.features, statistics, member)[:, ~support] == 0).all()


@pytest.mark.parametrize(
    "inputs",
    [Inputs(impute="mean", select=3), Inputs(scale="robust", impute="median"), Inputs(scale="minmax", impute="mean")],
)
@pytest.mark.parametrize("source", ["made", "diabetes"])
def test_no_other_row_and_no_other_target_can_change_a_members_statistics(holed, inputs, source):
    table, plan = holed
    if source == "diabetes":
        table = load_table(Data(source=source))
        plan = plan_folds(table, Folds(method="kfold", splits=3), 0)
    before = fit_statistics(table, plan, inputs)
    for member in range(len(plan.members)):
        others = plan.roles[member] != Role.train
        features, targets = table.features.copy(), table.targets.copy()
        features[others] = features[others] * 1e6 + 7
        targets[others] = targets[others][::-1] if table.task == "regression" else 1 - targets[others]
        after = fit_statistics(replace(table, features=features, targets=targets), plan, inputs)
        for name in ("fill", "center", "scale", "keep", "target_center", "target_scale"):
            np.testing.assert_array_equal(getattr(after, name)[member], getattr(before, name)[member])


def test_statistics_are_float64_with_a_leading_members_axis(holed):
    table, plan = holed
    statistics = fit_statistics(table, plan, Inputs(impute="mean", select=2))
    for name in ("fill", "center", "scale", "keep"):
        assert (getattr(statistics, name).shape, getattr(statistics, name).dtype) == ((4, 6), np.float64)
    for name in ("target_center", "target_scale"):
        assert (getattr(statistics, name).shape, getattr(statistics, name).dtype) == ((4,), np.float64)
    assert statistics.target_center.tolist() == [0] * 4
    assert statistics.target_scale.tolist() == [1] * 4


@pytest.mark.parametrize("scale", SCALERS)
@pytest.mark.parametrize("select", ["none", 2])
def test_constant_and_empty_columns_stay_finite_and_silent(make_table, scale, select):
    features = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    features[:, 1] = 3
    features[:, 2] = np.nan
    features[15:, 2] = 5
    table = make_table([0, 1] * 10, features=features, columns=tuple("abcd"))
    plan = FoldPlan((Member(0),), np.array([[1] * 15 + [3] * 5], np.int8))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        statistics = fit_statistics(table, plan, Inputs(scale=scale, impute="mean", select=select))
    assert (statistics.scale != 0).all()
    assert statistics.scale[0, 1] == 1
    assert (statistics.fill[0, 2], statistics.keep[0, 2]) == (0, 0)
    seen = apply(features, statistics, 0)
    assert np.isfinite(seen).all()
    assert (seen[:, 2] == 0).all()
    if select == 2:
        assert statistics.keep[0].tolist() == [1, 0, 0, 1]


def test_without_imputing_a_missing_value_never_becomes_a_number(make_table):
    table = make_table([0, 1] * 10)
    plan = plan_folds(table, Folds(splits=2), 0)
    statistics = fit_statistics(table, plan, Inputs(impute="refuse"))
    row = np.array([[np.nan, 1, 2]], np.float32)
    assert np.isnan(apply(row, statistics, 0)).tolist() == [[True, False, False]]


def test_a_missing_value_in_a_column_that_is_not_seen_does_not_matter(make_table):
    table = make_table([0, 1] * 10)
    statistics = fit_statistics(table, plan_folds(table, Folds(splits=2), 0), Inputs(select=1))
    unseen = int(statistics.keep[0].argmin())
    row = np.ones((1, 3), np.float32)
    row[0, unseen] = np.nan
    assert apply(row, statistics, 0)[0, unseen] == 0


def test_regression_targets_get_mean_and_standard_deviation_of_the_training_rows(make_table):
    table = make_table(np.random.default_rng(0).normal(50, 9, 40), "regression")
    plan = plan_folds(table, Folds(method="kfold", splits=4), 0)
    statistics = fit_statistics(table, plan, Inputs())
    for member in range(4):
        own = table.targets[plan.rows_of(member, Role.train)].astype(np.float64)
        np.testing.assert_allclose(statistics.target_center[member], np.mean(own), rtol=1e-12)
        np.testing.assert_allclose(statistics.target_scale[member], np.std(own), rtol=1e-12)


def test_a_constant_regression_target_of_a_fold_has_scale_one(make_table):
    table = make_table([2.0] * 10 + [3.0] * 5, "regression")
    plan = FoldPlan((Member(0),), np.array([[1] * 10 + [3] * 5], np.int8))
    assert fit_statistics(table, plan, Inputs()).target_scale.tolist() == [1]


def test_more_columns_than_there_are_cannot_be_selected(make_table):
    table = make_table([0, 1] * 10)
    with pytest.raises(StudyError, match=r"inputs\.select: made has 3 columns; .* received 4"):
        fit_statistics(table, plan_folds(table, Folds(splits=2), 0), Inputs(select=4))
