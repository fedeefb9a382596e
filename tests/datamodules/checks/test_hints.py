"""Hints of a dry run: columns that are perhaps better left out, and how."""

import shlex
import warnings
from dataclasses import replace

import numpy as np
import pytest
from sklearn.feature_selection import VarianceThreshold

from configs.loading.loading import load_study
from configs.sections.data import Data
from configs.sections.folds import Folds
from datamodules.checks.fold_hints import fold_hints
from datamodules.checks.hints import hints, remarks
from datamodules.folds.plan import Role, plan_folds
from datamodules.reading.loading import dataset_names, load_table

OFFLINE = [name for name in dataset_names() if name != "mnist"]
IDENTIFIER = "another whole number in every row, as an identifier has"
CONSTANT = "not more than one value as float32, which tells nothing"
REPEATED = "the same values as another column"


def told(table, **folds):
    method = "kfold" if table.task == "regression" else "stratified"
    return hints(table, plan_folds(table, Folds(**{"method": method, "splits": 2} | folds), 0))


@pytest.fixture
def with_column(make_table):
    """What is told of a table of random numbers in which column `b` holds `values`."""

    def tell(values, rows=400):
        features = np.random.default_rng(rows).normal(size=(rows, 3)).astype(np.float32)
        features[:, 1] = values
        return told(make_table(np.arange(rows) // 2 % 2, features=features))

    return tell


def test_ordinary_columns_have_no_hint(with_column):
    assert with_column(np.random.default_rng(0).integers(0, 90, 400)) == []


@pytest.mark.parametrize(
    "values",
    [
        np.arange(400),
        np.arange(400)[::-1] * 1000.0,
        np.random.default_rng(0).permutation(400) + 1_000_000,
        np.sort(np.random.default_rng(0).choice(10_000_000, 400, replace=False)),
    ],
    ids=["rows", "falling", "shuffled", "gaps"],
)
def test_whole_numbers_that_all_differ_and_are_in_order_or_close_together_are_an_identifier(with_column, values):
    assert with_column(values) == [f"hint: made: column 'b': {IDENTIFIER}; 'data.drop=[b]' leaves it out"]


def test_whole_numbers_that_all_differ_are_an_identifier_where_there_are_many(with_column):
    draw = np.random.default_rng(0).choice(8_000_000, 2000, replace=False)
    assert IDENTIFIER in with_column(draw, 2000)[0]
    assert with_column(draw[:400]) == []


@pytest.mark.parametrize(
    "values",
    [
        np.arange(400) + 0.5,
        np.arange(400) // 2,
        np.where(np.arange(400) == 7, np.nan, np.arange(400)),
        np.linspace(0, 1, 400),
    ],
    ids=["halves", "pairs", "missing", "measured"],
)
def test_other_columns_are_no_identifier(with_column, values):
    assert with_column(values) == []


def test_a_slip_that_the_sample_does_not_see_is_seen_in_all_rows(with_column):
    values = np.arange(5000.0)
    assert IDENTIFIER in with_column(values, 5000)[0]
    values[1] = values[2]
    assert with_column(values, 5000) == []
    late = np.zeros(5000)
    assert CONSTANT in with_column(late, 5000)[0]
    late[1] = 1
    assert with_column(late, 5000) == []


@pytest.mark.parametrize("value", [3.5, np.nan])
def test_one_value_and_none_are_constant(with_column, value):
    assert with_column(value) == [f"hint: made: column 'b': {CONSTANT}; 'data.drop=[b]' leaves it out"]


def test_one_value_with_gaps_is_constant_too(with_column):
    assert CONSTANT in with_column(np.where(np.arange(400) % 7 == 0, np.nan, 1.0))[0]


def test_equal_columns_name_the_first_and_constant_ones_are_told_once(make_table):
    features = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
    features[5, 0] = np.nan
    features[:, 2] = features[:, 5] = features[:, 0]
    features[:, 3] = features[:, 4] = 1.0
    table = make_table(np.arange(200) // 2 % 2, features=features, columns=("a", "b", "c", "d", "e", "f"))
    assert told(table) == [
        f"hint: made: columns 'd', 'e': {CONSTANT}; 'data.drop=[d, e]' leaves them out",
        f"hint: made: columns 'c' (as 'a'), 'f' (as 'a'): {REPEATED}; 'data.drop=[c, f]' leaves them out",
    ]
    features[199, 5] += 1
    assert "columns 'c' (as 'a'): " not in told(table)[1]
    assert "column 'c' (as 'a'): " in told(table)[1]


def test_rare_values_that_the_sample_does_not_see_do_not_make_columns_equal(make_table):
    features = np.random.default_rng(0).normal(size=(5000, 3)).astype(np.float32)
    features[:, 0] = features[:, 1] = np.arange(5000) < 3
    table = make_table(np.arange(5000) // 2 % 2, features=features)
    assert REPEATED in told(table)[0]
    features[1, 0] = 0
    assert told(table) == []


def test_a_column_that_tells_the_target_is_a_suspect_by_the_rows_outside_the_test_part(with_column, make_table):
    (line,) = with_column(np.arange(400) // 2 % 2)
    assert line == (
        "warning: made: column 'b' (AUROC 1.0000): alone predicts 'y' nearly perfectly, "
        "as a column recorded after the outcome does; 'data.drop=[b]' leaves it out"
    )
    targets = np.random.default_rng(1).normal(size=400)
    features = np.random.default_rng(2).normal(size=(400, 3)).astype(np.float32)
    table = make_table(targets, "regression", features=features)
    plan = plan_folds(table, Folds(method="kfold", splits=2), 0)
    seen = plan.roles[0] != Role.test
    features[seen, 0] = np.exp(table.targets[seen])
    features[~seen, 1] = table.targets[~seen]
    (line,) = hints(table, plan)
    assert line.startswith("warning: made: column 'a' (Spearman 1.0000): alone predicts 'y'")


@pytest.mark.parametrize("value", [1e5, -1e30, 3e38])
@pytest.mark.parametrize("others", ["normal", "mostly zero", "with gaps"])
def test_a_value_far_beyond_all_others_is_a_warning_with_its_row(with_column, value, others):
    draw = np.random.default_rng(1).normal(size=400)
    values = np.where(np.arange(400) % 10 > 0, {"mostly zero": 0.0, "with gaps": np.nan}.get(others, draw), draw)
    values[137] = value
    (line,) = with_column(values)
    place = f"column 'b' ({value:.4g} in row 137, counted from 0): a value far beyond all others"
    assert line.startswith(f"warning: made: {place}")
    assert line.endswith("correct or remove it, or 'data.drop=[b]' leaves it out")


def test_a_value_that_the_sample_does_not_see_is_seen(with_column):
    values = np.random.default_rng(1).normal(size=5000)
    values[1] = 1e30
    assert "1e+30 in row 1," in with_column(values, 5000)[0]


def test_columns_of_heavy_tails_and_of_few_values_have_no_extreme(with_column):
    draw = np.random.default_rng(1)
    tails = [np.exp(1.7 * draw.normal(size=5000)), draw.standard_t(2, size=5000), draw.random(5000) < 0.001]
    for values in tails:
        assert with_column(values, 5000) == []


def test_a_target_far_beyond_all_others_is_a_warning(make_table):
    targets = np.random.default_rng(1).normal(size=400)
    targets[7] = 1e8
    features = np.random.default_rng(2).normal(size=(400, 3)).astype(np.float32)
    (line,) = told(make_table(targets, "regression", features=features))
    assert line.startswith("warning: made: target 'y' (1e+08 in row 7, counted from 0): a value far beyond all others")


def test_many_columns_are_one_line(make_table):
    names = tuple(f"c{index}" for index in range(9))
    table = make_table([0, 1] * 50, features=np.zeros((100, 9), np.float32), columns=names)
    assert told(table) == [
        f"hint: made: columns 'c0', 'c1', 'c2', 'c3', 'c4' and 4 more: {CONSTANT}; data.drop leaves them out"
    ]


@pytest.mark.parametrize("name", ["id", "a b", "it's", "x,y", "null", "1", "- #c", "[q]", "k: v", "'", "é", "z" * 150])
def test_the_cure_can_be_copied_to_the_command_line_and_keeps_what_was_left_out_before(make_table, name):
    features = np.zeros((100, 2), np.float32)
    features[:, 1] = np.random.default_rng(0).normal(size=100)
    table = replace(make_table([0, 1] * 50, features=features, columns=(name, "b")), dropped=("visit day", "x" * 120))
    (line,) = told(table)
    (override,) = [word for word in shlex.split(line.partition("; ")[2]) if word.startswith("data.drop=")]
    assert load_study(None, [override]).data.drop == ("visit day", "x" * 120, name)


@pytest.mark.parametrize("name", OFFLINE)
def test_of_the_bundled_data_sets_only_constant_pixels_are_told(name):
    table = load_table(Data(source=name))
    constant = ~VarianceThreshold().fit(table.features).get_support()
    lines = told(table)
    assert len(lines) == constant.any()
    if constant.any():
        (line,) = lines
        shown = [f"'{column}'" for column, alone in zip(table.columns, constant, strict=True) if alone]
        assert f"columns {', '.join(shown[:5])}" in line
        assert f"and {len(shown) - 5} more" in line or len(shown) <= 5
        assert CONSTANT in line


def test_labels_that_differ_in_case_alone_are_perhaps_one(make_table):
    classes = ("No", "YES", "Yes", "maybe  not", "maybe not", "no", "yes")
    table = make_table(np.arange(210) % 7, "multiclass", classes=classes)
    told_of = "are classes of 'y' that differ in case or blanks alone; write them alike, if they are one"
    assert told(table) == [
        f"hint: made: 'No', 'no' {told_of}",
        f"hint: made: 'YES', 'Yes', 'yes' {told_of}",
        f"hint: made: 'maybe  not', 'maybe not' {told_of}",
    ]


def test_the_note_of_a_table_is_told_last(make_table):
    table = replace(make_table([0, 1] * 50, features=np.zeros((100, 3), np.float32)), note="look")
    plan = plan_folds(table, Folds(splits=2), 0)
    told = [*hints(table, plan), *fold_hints(table, plan)]
    assert remarks(table, plan) == [*told, "note: made: look"]
    assert len(told) == 2
    assert remarks(replace(table, note=""), plan) == told


def test_few_rows_are_no_reason_for_a_hint(make_table):
    features = np.column_stack([np.arange(12), np.arange(12) // 2 % 2, np.arange(12) * 0.7]).astype(np.float32)
    assert told(make_table(np.arange(12) // 2 % 2, features=features), test_fraction=0.0, validation_fraction=0.0) == []


def test_nothing_is_said_besides_the_hints(with_column):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with_column(np.nan)
        with_column(np.where(np.arange(400) < 399, np.nan, 1.0))
