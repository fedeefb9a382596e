"""Which columns alone tell the target: the numbers are those of SciPy."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, spearmanr

from configs.sections.data import Data
from datamodules.checks import leaks
from datamodules.checks.leaks import FEW, NEARLY, leaking_columns
from datamodules.reading.loading import dataset_names, load_table

RNG = np.random.default_rng
OFFLINE = [name for name in dataset_names() if name != "mnist"]


def everything(table):
    return np.arange(table.rows)


def area(one, other):
    """AUROC by its definition: the share of pairs that are in order; whichever way round."""
    one, other = (values[~np.isnan(values)].astype(np.float64) for values in (one, other))
    share = mannwhitneyu(one, other).statistic / (len(one) * len(other))
    return max(share, 1 - share)


@pytest.fixture
def answered(make_table):
    """A table whose column `b` is the target with some noise; in a tenth of its rows it is missing."""

    def make(rows, noise, classes=2, sign=1.0):
        rng = RNG(rows)
        targets = np.arange(rows) % classes if classes else rng.normal(size=rows)
        features = rng.normal(size=(rows, 3)).astype(np.float32)
        features[:, 1] = sign * targets + noise * rng.normal(size=rows)
        features[rng.random(rows) < 0.1, 1] = np.nan
        return make_table(targets, {0: "regression", 2: "binary"}.get(classes, "multiclass"), features=features)

    return make


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("rows", [200, 20_000])
def test_of_two_classes_it_is_the_auroc_of_all_rows_that_have_a_value(answered, rows, sign):
    table = answered(rows, 0.25, sign=sign)
    one, other = (table.features[table.targets == index, 1] for index in (0, 1))
    assert NEARLY < area(one, other) < 1
    assert leaking_columns(table, everything(table)) == {1: pytest.approx(area(one, other), abs=1e-12)}


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (2, 0, 3, 1)])
def test_of_more_classes_it_is_the_lowest_auroc_of_any_two_whatever_their_order(answered, make_table, order):
    table = answered(4_000, 0.22, classes=4)
    shuffled = make_table(np.array(order)[table.targets], "multiclass", features=table.features)
    by_class = [table.features[table.targets == index, 1] for index in range(4)]
    lowest = min(area(one, other) for one, other in combinations(by_class, 2))
    assert leaking_columns(shuffled, everything(table)) == {1: pytest.approx(lowest, abs=1e-12)}


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("rows", [200, 20_000])
def test_of_a_regression_it_is_spearmans_correlation_of_the_rows_that_have_a_value(answered, rows, sign):
    table = answered(rows, 0.05, classes=0, sign=sign)
    expected = abs(spearmanr(table.features[:, 1], table.targets, nan_policy="omit").statistic)
    assert NEARLY < expected < 1
    assert leaking_columns(table, everything(table)) == {1: pytest.approx(expected, abs=1e-9)}


def test_ties_count_as_scipy_counts_them(make_table):
    targets = RNG(0).normal(size=500)
    features = np.column_stack([np.round(targets, 1), np.round(targets, 0), np.sign(targets)]).astype(np.float32)
    table = make_table(targets, "regression", features=features)
    expected = [abs(spearmanr(column, table.targets).statistic) for column in features.T]
    assert expected[0] > NEARLY > expected[1]
    assert leaking_columns(table, everything(table)) == {0: pytest.approx(expected[0], abs=1e-9)}


def test_a_column_just_below_the_bound_is_left_alone(answered):
    for classes, noise in ((2, 0.3), (4, 0.3), (0, 0.12)):
        table = answered(20_000, noise, classes=classes)
        assert leaking_columns(table, everything(table)) == {}


def test_only_the_given_rows_are_looked_at(answered):
    table = answered(400, 0.25)
    rows = np.arange(100, 400)
    table.features[:100, 1] = RNG(1).normal(size=100)
    one, other = (table.features[rows, 1][table.targets[rows] == index] for index in (0, 1))
    assert leaking_columns(table, rows) == {1: pytest.approx(area(one, other), abs=1e-12)}
    assert leaking_columns(table, everything(table)) == {}


@pytest.mark.parametrize("classes", [2, 3, 0])
def test_few_rows_are_told_apart_by_chance_and_prove_nothing(answered, classes):
    enough = (classes or 1) * FEW
    table = answered(enough + 10, 0.0, classes=classes)
    table.features[:, 1] = table.targets
    assert set(leaking_columns(table, np.arange(enough))) == {1}
    assert leaking_columns(table, np.arange(enough - 1)) == {}
    table.features[0, 1] = np.nan
    assert leaking_columns(table, np.arange(enough)) == {}


@pytest.mark.parametrize("classes", [2, 4, 0])
def test_a_column_without_any_value_or_with_one_alone_tells_nothing(answered, classes):
    table = answered(300, 0.0, classes=classes)
    table.features[:, 0], table.features[:, 1], table.features[:, 2] = np.nan, 5.0, np.nan
    table.features[0, 2] = 1.0
    assert leaking_columns(table, everything(table)) == {}


def test_one_class_that_is_told_apart_is_no_leak_of_all(make_table):
    targets = np.arange(300) % 3
    features = RNG(0).normal(size=(300, 3)).astype(np.float32)
    features[:, 0] += 50 * (targets == 0)
    assert leaking_columns(make_table(targets, "multiclass", features=features), np.arange(300)) == {}


def test_many_classes_are_told_by_their_neighbours(make_table):
    targets = np.arange(60 * FEW) % 60
    features = RNG(0).normal(size=(len(targets), 3)).astype(np.float32)
    features[:, 2] = RNG(1).permutation(60)[targets]
    assert leaking_columns(make_table(targets, "multiclass", features=features), np.arange(len(targets))) == {2: 1.0}


def test_what_the_sample_cannot_rule_out_is_judged_by_all_rows(answered, monkeypatch):
    table = answered(20_000, 0.25)
    exact = leaking_columns(table, everything(table))
    monkeypatch.setattr(leaks, "SAMPLED", 100)
    assert leaking_columns(table, everything(table)) == exact


@pytest.mark.parametrize("name", OFFLINE)
def test_no_bundled_data_set_has_a_column_that_tells_its_target(name):
    table = load_table(Data(source=name))
    assert leaking_columns(table, everything(table)) == {}
