"""Every kind of column, per fold, against pipelines of scikit-learn."""

from dataclasses import fields, replace

import numpy as np
import pytest
from mixed import mixed_table
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.member import Member
from configs.sections.folds import Folds
from configs.sections.inputs import Inputs
from datamodules.fold_data import fold_data
from datamodules.folds.plan import FoldPlan, Role, plan_folds
from datamodules.inputs.applying import apply
from datamodules.inputs.encoding import MISSING
from datamodules.inputs.statistics import fit_statistics
from datamodules.schema import Column
from datamodules.table import Table

SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler, "none": None}
SCALES = [*SCALERS, "quantile", "robust_clip"]
STRATEGY = {"auto": "median", "median": "median", "mean": "mean", "constant": "constant"}


class FromTheFirst(TransformerMixin, BaseEstimator):
    """Days since the first one of the rows that it is fitted on."""

    def fit(self, days, _=None):
        self.first_ = np.nanmin(days, axis=0)
        return self

    def transform(self, days):
        return days - self.first_

    def get_feature_names_out(self, names):
        return names


def scalers(scale, count):
    if scale == "quantile":
        return [QuantileTransformer(n_quantiles=count, output_distribution="normal", subsample=None)]
    if scale == "robust_clip":
        return [
            RobustScaler(),
            FunctionTransformer(lambda x: x / np.sqrt(1 + (x / 3) ** 2), feature_names_out="one-to-one"),
        ]
    return [] if scale == "none" else [SCALERS[scale]()]


def pipeline(table, inputs, count):
    """What a user of scikit-learn writes for such a table; missing words are a level of their own."""
    fill = SimpleImputer(strategy=STRATEGY[inputs.impute])
    numbers = [place for place, column in enumerate(table.schema) if column.kind != "categorical" or column.ordered]
    days = [place for place in numbers if table.columns[place].endswith(".days")]
    numbers = [place for place in numbers if place not in days]
    steps = [
        ("number", make_pipeline(fill, *scalers(inputs.scale, count)), numbers),
        ("days", make_pipeline(FromTheFirst(), fill, *scalers(inputs.scale, count)), days),
    ]
    numbers = numbers + days
    for place in sorted({*range(table.num_columns)}.difference(numbers)):
        levels = [*range(len(table.schema[place].levels)), len(table.schema[place].levels) + 1]
        encoder = OneHotEncoder(
            categories=[levels],
            min_frequency=inputs.min_category,
            handle_unknown="infrequent_if_exist",
            sparse_output=False,
        )
        missing = SimpleImputer(strategy="constant", fill_value=levels[-1])
        steps.append((f"{place}", make_pipeline(missing, encoder), [place]))
    return ColumnTransformer(steps).fit, numbers


def expected(table, inputs, rows, count):
    """Our inputs by `(column, level)`, level NaN for a number, as the pipeline fitted on `rows` makes them."""
    features = table.features.astype(np.float64)
    fit, numbers = pipeline(table, inputs, count)
    fitted = fit(features[rows])
    encoded, found = fitted.transform(features), {}
    for place, column in enumerate(numbers):
        found[column, "number"] = encoded[:, place]
    for name, values in zip(fitted.get_feature_names_out()[len(numbers) :], encoded[:, len(numbers) :].T, strict=True):
        column, _, level = name.partition("__x")
        level = level.partition("_")[2]
        known = len(table.schema[int(column)].levels)
        found[int(column), known if level.startswith("infrequent") else float(level)] = values
    return found


@pytest.mark.parametrize("impute", STRATEGY)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("fewest", [1, 4])
def test_inputs_of_every_fold_equal_a_column_transformer_fitted_on_its_training_rows(impute, scale, fewest):
    inputs = Inputs(impute=impute, scale=scale, min_category=fewest)
    for seed in range(2):
        table = mixed_table(seed)
        plan = plan_folds(table, Folds(splits=4), seed)
        statistics = fit_statistics(table, plan, inputs)
        encoding, count = statistics.encoding, min(len(plan.rows_of(member, Role.train)) for member in range(4))
        for member in range(4):
            rows = plan.rows_of(member, Role.train)
            own, theirs = apply(table.features, statistics, member), expected(table, inputs, rows, count)
            for place, (column, level) in enumerate(zip(encoding.source, encoding.level, strict=True)):
                if level == MISSING:
                    wanted = np.isnan(table.features[:, column])
                else:
                    wanted = theirs.pop((column, "number" if np.isnan(level) else level), 0.0 * own[:, place])
                learned = np.isnan(level) or np.any(wanted[rows])
                np.testing.assert_allclose(own[:, place], wanted * learned, rtol=1e-6, atol=1e-6)
                assert learned == (statistics.keep[member, place] > 0)
            assert not theirs


def table_of(*columns, targets=None):
    features = np.column_stack(columns).astype(np.float32)
    targets = np.arange(len(features)) % 2 if targets is None else targets
    names = tuple(f"c{place}" for place in range(features.shape[1]))
    return Table("made", features, targets.astype(np.int32), names, "y", "binary", ("no", "yes"))


TRAINED = FoldPlan((Member(0),), np.array([[Role.train] * 40 + [Role.scored] * 10], np.int8))
"""One fold: 40 training rows, then 10 scored ones."""


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("value", [0.0, 1000.0, 0.1])
@pytest.mark.parametrize("jitter", [0.0, 1e-7])
def test_a_column_that_is_constant_in_a_fold_is_zero_there_whatever_value_comes_later(scale, value, jitter):
    column = np.full(50, value) * (1 + jitter * (np.arange(50) % 2))
    column[40:] = [1e6, -1e6, np.nan, 1e-3, *range(6)]
    statistics = fit_statistics(table_of(column, np.arange(50)), TRAINED, Inputs(scale=scale))
    inputs = apply(np.column_stack([column, np.arange(50)]), statistics, 0)
    assert (inputs[:, 0] == 0).all()
    assert statistics.scale[0, 0] == 1


@pytest.mark.parametrize("scale", ["robust", "robust_clip"])
def test_a_column_whose_quartiles_are_equal_is_scaled_by_half_its_range(scale):
    column = np.where(np.arange(50) % 10 == 0, 1e6, 0.0)
    inputs = apply(column[:, None], fit_statistics(table_of(column), TRAINED, Inputs(scale=scale)), 0)
    assert inputs.max() == pytest.approx(2 if scale == "robust" else 2 / np.sqrt(1 + (2 / 3) ** 2))


@pytest.mark.parametrize("scale", SCALES)
def test_a_million_in_one_row_changes_only_the_members_that_train_on_it(scale):
    table = mixed_table(0)
    plan = plan_folds(table, Folds(splits=4), 0)
    inputs = Inputs(scale=scale, select=5, min_category=3)
    features = table.features.copy()
    features[7, [0, 7]], features[7, 6] = 1e6, 5
    before, after = (fit_statistics(one, plan, inputs) for one in (table, replace(table, features=features)))
    for member in range(4):
        same = all(
            np.array_equal(getattr(before, one.name)[member], getattr(after, one.name)[member], equal_nan=True)
            for one in fields(before)
        )
        assert same == (plan.roles[member, 7] != Role.train)


def test_days_count_from_the_first_one_among_a_members_training_rows():
    table, inputs = mixed_table(0), Inputs(scale="none", impute="refuse")
    days = table.columns.index("seen.days")
    table.features[:, days] = np.nan_to_num(table.features[:, days], nan=9000.5)
    plan = plan_folds(table, Folds(splits=4), 0)
    statistics = fit_statistics(table, plan, inputs)
    firsts = set()
    for member in range(4):
        first = table.features[plan.rows_of(member, Role.train), days].min()
        (place,) = np.flatnonzero(statistics.encoding.source == days)
        np.testing.assert_array_equal(
            apply(table.features, statistics, member)[:, place], table.features[:, days] - np.float64(first)
        )
        firsts.add(first)
    assert len(firsts) > 1
    assert set(np.flatnonzero(statistics.offset[0])) == {place}


def test_infinite_values_are_missing_ones_if_the_study_says_so(tmp_path):
    path = tmp_path / "made.csv"
    rows = [f"{value},{value % 7},{value % 2}" for value in range(60)]
    path.write_text("\n".join(["a,b,y", *rows, "inf,1,0", "2,-inf,1", ""]))
    asked = [f"data.source={path}", "data.target=y", "folds.splits=3"]
    with pytest.raises(StudyError, match=r"set inputs\.infinite to missing"):
        fold_data(load_study(None, asked))
    folds = fold_data(load_study(None, [*asked, "inputs.infinite=missing"]))
    assert np.isnan(folds.table.features).sum() == 2
    assert (folds.statistics.encoding.level == MISSING).sum() == 2


def test_a_level_that_a_fold_has_not_trained_on_is_unknown_to_it_and_rare_ones_are_one_level():
    schema = (Column("zone", "zone", "categorical", ("a", "b", "c", "d")),)
    codes = np.array([0] * 20 + [1] * 17 + [2] * 3 + [0, 1, 2, 3, 4, np.nan] + [0] * 4)
    table = replace(table_of(codes), schema=schema, columns=("zone",))
    alone, pooled = (fit_statistics(table, TRAINED, Inputs(min_category=fewest)) for fewest in (1, 5))
    nothing = [0] * 6
    assert apply(table.features[40:46], alone, 0).tolist() == [
        [1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], nothing, nothing, nothing,
    ]  # fmt: skip
    unknown = [0, 0, 0, 0, 1, 0]
    assert apply(table.features[42:46], pooled, 0).tolist() == [unknown] * 4


def test_a_date_is_missing_once_and_chosen_as_a_whole():
    table = mixed_table(1)
    targets = (table.features[:, 4] > np.nanmedian(table.features[:, 4])).astype(np.int32)
    plan = plan_folds(table, Folds(splits=3), 0)
    statistics = fit_statistics(replace(table, targets=targets), plan, Inputs(select=1))
    of_date = np.isin(statistics.encoding.source, [3, 4])
    assert of_date.sum() == 3
    assert (statistics.keep == of_date).all()


@pytest.mark.slow
def test_selection_among_noise_tells_nothing_out_of_fold():
    """5,000 columns of noise and 50 rows: whoever selects with all rows reports an AUROC near 1."""
    generator, aurocs = np.random.default_rng(0), []
    for seed in range(4):
        targets = generator.permutation(np.arange(50) % 2)
        table = table_of(*generator.normal(size=(5000, 50)), targets=targets)
        plan = plan_folds(table, Folds(splits=5, test_fraction=0, validation_fraction=0), seed)
        statistics, scores = fit_statistics(table, plan, Inputs(select=10)), np.zeros(50)
        for member in range(5):
            inputs = apply(table.features, statistics, member)[:, statistics.keep[member] > 0]
            train, scored = plan.rows_of(member, Role.train), plan.rows_of(member, Role.scored)
            model = LogisticRegression().fit(inputs[train], targets[train])
            scores[scored] = model.decision_function(inputs[scored])
        aurocs.append(roc_auc_score(targets, scores))
    assert abs(np.mean(aurocs) - 0.5) < 0.15
