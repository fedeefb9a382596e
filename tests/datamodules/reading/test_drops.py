"""Columns that a study leaves out: unread, in a file and in a bundled data set."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.sections.data import Data
from datamodules.checks.describe import describe_table
from datamodules.reading.loading import check_table, load_table

PATIENTS = "id,age,visit,marker,relapse\n{0}1,50,2024-01-01,1.5,no\n{0}2,,?,2.5,yes\n{0}3,70,inf,0.5,no\n"


def load(path: str, *drop: str, target: str | None = "relapse", group: str | None = None, **data: object):
    return load_table(Data(source=path, target=target, drop=drop, **data), group)


def problems_of(*arguments: object, **named: object) -> list[str]:
    with pytest.raises(StudyError) as caught:
        load(*arguments, **named)
    return caught.value.problems


@pytest.mark.parametrize("prefix", ["", "p-", "9" * 45])
def test_a_table_is_the_one_of_a_file_without_the_dropped_columns(write, prefix):
    table = load(write(PATIENTS.format(prefix)), "id", "age", "visit")
    without = load(write("marker,relapse\n1.5,no\n2.5,yes\n0.5,no\n", "others.csv"))
    assert (table.columns, table.dropped) == (("marker",), ("id", "age", "visit"))
    assert table.digest() == without.digest()
    check_table(table, "refuse")


def test_a_dropped_column_of_a_parquet_file_may_have_any_type(tmp_path):
    frame = pl.DataFrame({"a": [1.0, 2.0], "day": [date(2024, 1, 1), None], "list": [[1], [2, 3]], "y": [0, 1]})
    frame.write_parquet(tmp_path / "t.parquet")
    assert load(str(tmp_path / "t.parquet"), "day", "list", target="y").columns == ("a",)


def test_a_dropped_column_with_blanks_around_its_name_is_found(write):
    path = write(f"a, id ,relapse\n1,{'9' * 45},no\n2,x,yes\n")
    assert load(path, "id").columns == ("a",)


def test_a_bundled_data_set_loses_the_columns_and_nothing_else():
    bunch = load_breast_cancer()
    kept = ~np.isin(bunch.feature_names, ["mean radius", "worst area"])
    table = load_table(Data(drop=["worst_area", "mean_radius"]))
    np.testing.assert_array_equal(table.features, bunch.data[:, kept].astype(np.float32))
    assert table.columns == tuple(name.replace(" ", "_") for name in bunch.feature_names[kept])
    assert table.dropped == ("worst_area", "mean_radius")
    np.testing.assert_array_equal(table.targets, load_table(Data()).targets)


def test_groups_and_dropped_columns_go_together(write):
    data = Data(source="boston_housing", drop=["tax", "crim"])
    table, whole = load_table(data, "rad"), load_table(Data(source="boston_housing"))
    assert table.columns == tuple(name for name in whole.columns if name not in ("tax", "crim", "rad"))
    np.testing.assert_array_equal(table.features[:, 0], whole.features[:, whole.columns.index("zn")])
    own = load(write(PATIENTS.format("p")), "age", "visit", group="id")
    assert (own.columns, len(np.unique(own.groups))) == (("marker",), 3)


@pytest.mark.parametrize(
    ("drop", "expected"),
    [
        (["idd"], ["data.drop: {} has no column 'idd'; did you mean 'id'? (columns: id, age, visit, marker, relapse)"]),
        (["ID"], ["data.drop: {} has no column 'ID'; did you mean 'id'? (columns: id, age, visit, marker, relapse)"]),
        (["relapse"], ["data.drop: 'relapse' is the target and no input anyway; take it out of the list"]),
        (["id"], ["data.drop: 'id' is folds.group and no input anyway; take it out of the list"]),
        (["age", "visit", "marker"], ["data.drop: leaves no column of {} to learn from; take one out of the list"]),
    ],
)
def test_what_cannot_be_dropped_is_refused_with_its_place_and_cure(write, drop, expected):
    path = write(PATIENTS.format("p"))
    assert problems_of(path, *drop, group="id") == [line.format(path) for line in expected]


def test_what_cannot_be_dropped_is_told_all_at_once_and_beside_other_wrong_names(write):
    path = write(PATIENTS.format("p"))
    places = [line.partition(" has ")[0] for line in problems_of(path, "x", "z", target="relaps", group="ids")]
    assert places == [f"data.target: {path}", f"folds.group: {path}", f"data.drop: {path}", f"data.drop: {path}"]


@pytest.mark.parametrize(
    ("drop", "expected"),
    [
        ("petal", "data.drop: iris has no column 'petal'; did you mean"),
        ("species", "data.drop: 'species' is the target and no input anyway"),
        (["sepal_length", "sepal_width", "petal_length", "petal_width"], "data.drop: leaves no column of iris"),
    ],
)
def test_a_bundled_data_set_refuses_in_the_same_words(drop, expected):
    with pytest.raises(StudyError) as caught:
        load_table(Data(source="iris", drop=drop))
    (said,) = caught.value.problems
    assert said.startswith(expected)


def test_a_column_that_is_no_number_can_be_cured_by_the_words_of_its_problem(write):
    path = write(PATIENTS.format("p"))
    told = problems_of(path, columns={"id": "numeric", "visit": "numeric"})
    assert [line.partition("column ")[2][:4] for line in told] == ["'id'", "'vis"]
    assert all(line.endswith("write numbers or name the column in data.drop") for line in told)
    load(path, "id", "visit")


@pytest.mark.parametrize(
    ("word", "names"), [("[id,name]", ("id", "name")), ("id", ("id",)), ("2024", ("2024",)), ("[]", ()), ("null", ())]
)
def test_one_name_or_a_list_is_set_on_the_command_line(word, names):
    assert load_study(None, [f"data.drop={word}"]).data.drop == names


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("[id,name,id]", "override data.drop=[id,name,id]: names 'id' twice; remove one"),
        ("[id,'']", "data.drop[1]: must not be empty"),
        ("[[id]]", "data.drop[0]: must be text"),
        ("{id: 1}", "data.drop[0]: must be text"),
    ],
)
def test_what_is_no_list_of_names_is_refused_before_the_data_is_read(word, expected):
    with pytest.raises(StudyError) as caught:
        load_study(None, [f"data.drop={word}"])
    (said,) = caught.value.problems
    assert expected in said


def test_a_dry_run_says_what_is_left_out(write):
    table = load(write(PATIENTS.format("p")), "id", "age", "visit")
    assert "left out: id, age, visit" in describe_table(table).splitlines()
    assert "left out" not in describe_table(load_table(Data()))
