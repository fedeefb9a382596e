"""Weights of rows in the training loss: read from a column, or made for classes, for each member by itself."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.member import Member
from configs.sections.data import Data
from configs.sections.training import Training
from datamodules.checks.describe import describe_table
from datamodules.fold_data import FoldData, fold_data, training_plan
from datamodules.folds.plan import FoldPlan, Role
from datamodules.inputs.statistics import fit_statistics
from datamodules.reading.loading import load_table
from datamodules.weights import check_weights, row_weights, weighted_rows

ROWS = [np.array([0, 1, 2, 3, 4, 5], np.int32), np.array([3, 4, 5, 6, 7], np.int32), np.zeros(0, np.int32)]
CLASSES = [0, 0, 0, 0, 1, 1, 2, 2]


@pytest.fixture
def folds(make_table):
    def make(weights=None):
        table = make_table(CLASSES, "multiclass", weights=weights)
        roles = np.full((2, 8), Role.scored, np.int8)
        for member, rows in enumerate(ROWS[:2]):
            roles[member, rows] = Role.train
        plan = FoldPlan((Member(0, 0, 0, 0), Member(0, 0, 1, 0)), roles)
        return FoldData(table, plan, fit_statistics(table, plan, load_study(None, []).inputs))

    return make


def relative(weights):
    return weights / weights.mean()


def problems_of(call):
    with pytest.raises(StudyError) as caught:
        call()
    return caught.value.problems


def test_a_weight_column_is_read_and_is_no_input(write):
    source = write("age,w,y\n30,1,no\n40,0,yes\n50,2.5,no\n")
    table = load_table(Data(source=source, target="y", weight="w"))
    assert table.columns == ("age",)
    assert table.weights.tolist() == [1, 0, 2.5]
    assert "row weights: 0 to 2.5; rows of weight 0, left out of the training loss: 1" in describe_table(table)
    assert load_table(Data(source=source, target="y", drop=("w",))).weights is None


def test_a_bundled_table_takes_one_of_its_columns_as_weights():
    table = load_table(Data(source="wine", weight="proline"))
    whole = load_table(Data(source="wine"))
    assert "proline" not in table.columns
    assert len(table.columns) == len(whole.columns) - 1
    np.testing.assert_array_equal(table.weights, whole.features[:, whole.columns.index("proline")])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("1,-2,3", "column 'w' has 1 negative value (row 2): a weight must be a number >= 0; correct those rows, or"),
        ("1,,", "column 'w' has 2 missing values (rows 2, 3): a weight must be a number >= 0"),
        ("1,inf,3", "column 'w' has 1 infinite value (row 2): a weight must be"),
        (
            "1,much,3",
            "column 'w' has 1 non-numeric value (row 2), such as 'much': write numbers or name another column",
        ),
        ("0,0,0", "column 'w' is 0 in every row, so that none would be trained on"),
    ],
)
def test_a_weight_that_is_none_is_told_in_one_line_with_its_row(write, values, said):
    rows = zip(values.split(","), ("no", "yes", "no"), strict=True)
    source = write("age,w,y\n" + "".join(f"{place},{weight},{label}\n" for place, (weight, label) in enumerate(rows)))
    [line] = problems_of(lambda: load_table(Data(source=source, target="y", weight="w")))
    assert said in line


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"weight": "wt"}, "patients.csv has no column 'wt'; did you mean 'w'? (columns: age, w, g, y)"),
        ({"weight": "y"}, "data.weight: 'y' is the target; name another column"),
        ({"weight": "g", "group": "g"}, "data.weight: 'g' is folds.group; name another column"),
        ({"weight": "w", "drop": ("w",)}, "data.drop: 'w' is data.weight and no input anyway; take it out of the list"),
        ({"weight": "w", "drop": ("age", "g")}, "data.drop: leaves no column of"),
    ],
)
def test_a_weight_column_has_no_other_use(write, data, said):
    source, group = write("age,w,g,y\n1,1,a,no\n2,2,b,yes\n"), data.pop("group", None)
    [line] = problems_of(lambda: load_table(Data(source=source, target="y", **data), group))
    assert said in line


def test_a_table_without_any_column_besides_target_and_weight_is_refused(write):
    source = write("w,y\n1,no\n2,yes\n")
    [line] = problems_of(lambda: load_table(Data(source=source, target="y", weight="w")))
    assert line.endswith("has no column besides the target and the weight; add features")


def test_the_weights_are_part_of_the_digest_and_a_table_without_them_has_the_digest_it_had(make_table):
    plain = make_table([0, 1, 1])
    weighted = [replace(plain, weights=np.array(weights)) for weights in ([1.0, 1.0, 1.0], [1.0, 2.0, 1.0])]
    assert len({table.digest() for table in (plain, *weighted)}) == 3
    iris = load_study(None, ["data.source=iris"])
    assert fold_data(iris).table.digest().startswith("5d82e527da74")


@pytest.mark.parametrize("weights", [None, np.array([1, 2, 3, 4, 5, 6, 0.5, 3])], ids=["alone", "with a column"])
def test_balanced_weights_are_scikit_learns_of_the_members_own_training_rows(make_table, weights):
    table = make_table(CLASSES, "multiclass", weights=weights)
    found = row_weights(table, ROWS, "balanced")
    for member, rows in enumerate(ROWS[:2]):
        own, classes = np.ones(len(rows)) if weights is None else weights[rows], table.targets[rows]
        present, places = np.unique(classes, return_inverse=True)
        expected = own * compute_class_weight("balanced", classes=present, y=classes, sample_weight=own)[places]
        np.testing.assert_allclose(relative(found[member, rows]), relative(expected), rtol=1e-6)
        sums = [found[member, rows[classes == one]].sum() for one in present]
        np.testing.assert_allclose(sums, sums[0], rtol=1e-6)
    assert not found[2].any()


def test_weights_of_labels_are_multiplied_by_those_of_rows_and_1_for_other_labels(make_table):
    table = make_table(CLASSES, "multiclass", weights=np.array([1, 1, 1, 3, 1, 2, 4, 1.0]))
    [_, found, _] = row_weights(table, ROWS, {"c0": 2.0, "c2": 0.5})
    expected = np.array([6, 1, 2, 2, 0.5])
    np.testing.assert_allclose(relative(found[ROWS[1]]), relative(expected), rtol=1e-6)
    assert not found[:3].any()


@pytest.mark.parametrize("size", [2.0**-999, 2.0**999])
def test_only_the_ratios_of_weights_matter_whatever_their_size(make_table, size):
    weights = np.array([1, 2, 3, 4, 5, 6, 7, 8.0]) * 2.0**20
    tables = [make_table(CLASSES, "multiclass", weights=one) for one in (weights, weights * size)]
    found = [row_weights(table, ROWS, "balanced") for table in tables]
    np.testing.assert_array_equal(*found)
    largest = found[0].max(axis=1)[:2]
    assert ((largest >= 0.5) & (largest < 1)).all()


def test_nothing_is_weighted_when_no_weights_are_set(make_table, folds):
    assert row_weights(make_table(CLASSES, "multiclass"), ROWS, "none") is None
    plan = training_plan(folds(), Training(batch_size=3))
    assert (plan.weights, plan.classes) == (None, None)
    assert {float(one) for chunk in plan.epoch(0) for one in chunk.weights.ravel()} == {0.0, 1.0}


def test_the_chunks_have_the_weight_of_each_row_and_0_for_padding(folds):
    weights = np.arange(1.0, 9.0)
    plan = training_plan(folds(weights), Training(batch_size=4))
    rows, found = (np.concatenate([getattr(chunk, name) for chunk in plan.epoch(3)]) for name in ("rows", "weights"))
    for member, own in enumerate(ROWS[:2]):
        seen = found[:, member].ravel() > 0
        assert seen.sum() == len(own)
        expected = weights[rows[:, member].ravel()[seen]] / (8, 16)[member]
        np.testing.assert_array_equal(found[:, member].ravel()[seen], expected)


def test_a_row_of_weight_0_is_in_no_step(folds):
    plan = training_plan(folds(np.array([1, 0, 0, 1, 1, 0, 1, 0.0])), Training(batch_size=2))
    assert [rows.tolist() for rows in plan.train_rows] == [[0, 3, 4], [3, 4, 6]]
    assert plan.steps == 2


def test_a_fold_without_a_weighted_row_is_refused(folds):
    empty = folds(np.array([1, 1, 1, 0, 0, 0, 0, 0.0]))
    [line] = problems_of(lambda: check_weights(empty.table, empty.plan, Training()))
    assert line.startswith("data.weight: every training row of fold 1 of made has weight 0, so that there is nothing")
    assert [len(rows) for rows in weighted_rows(empty.table, empty.rows(Role.train))] == [3, 0]


@pytest.mark.parametrize(
    ("study", "said"),
    [
        (
            ["data.source=diabetes", "training.class_weights=balanced"],
            "training.class_weights: 'progression' of diabet",
        ),
        (["data.source=diabetes", "training.sampling=balanced"], "has no classes; set it to none"),
        (
            ["training.class_weights={malign: 2}"],
            "has no class 'malign'; did you mean 'malignant'? (known: benign, mali",
        ),
    ],
)
def test_classes_that_the_table_does_not_have_are_refused_in_one_line(study, said):
    method = "folds.method=kfold"
    [line] = problems_of(lambda: fold_data(load_study(None, [*study, method])))
    assert said in line


def test_classes_are_not_balanced_twice():
    twice = ["training.class_weights=balanced", "training.sampling=balanced"]
    [line] = problems_of(lambda: load_study(None, twice))
    assert "must be none with class_weights 'balanced'" in line
    assert load_study(None, ["training.class_weights={benign: 2}", "training.sampling=balanced"])
