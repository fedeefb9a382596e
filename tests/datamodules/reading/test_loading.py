import numpy as np
import polars as pl
import pytest

from configs.errors import StudyError
from configs.sections.data import Data
from datamodules.reading.loading import check_table, load_table


def load(path: str, target: str | None = "y", group: str | None = None, **data: str):
    return load_table(Data(source=path, target=target, **data), group)


def problems_of(*arguments: object, **named: object) -> list[str]:
    with pytest.raises(StudyError) as caught:
        load(*arguments, **named)
    return caught.value.problems


def test_a_csv_becomes_features_and_class_indices(write):
    table = load(write("age,y,size\n30,no,1.5\n40,yes,2\n50,no,\n"))
    np.testing.assert_array_equal(table.features, np.array([[30, 1.5], [40, 2], [50, np.nan]], np.float32))
    assert (table.name, table.columns, table.target) == ("patients.csv", ("age", "size"), "y")
    assert (table.task, table.classes, table.targets.tolist()) == ("binary", ("no", "yes"), [0, 1, 0])


def test_the_note_says_which_class_is_the_positive_one_and_why(write):
    table = load(write("a,y\n1,sick\n2,healthy\n3,sick\n"))
    assert table.classes == ("healthy", "sick")
    assert table.note == "'sick' is the positive class, its name says so; data.positive changes it"


def test_a_file_of_blank_rows_has_none(write):
    assert problems_of(write("a,y\n,\n,\n"))[0].endswith("patients.csv: has a header but no rows; a table needs some")


@pytest.mark.parametrize(("target", "group"), [("ill", None), ("?", "who")])
def test_a_comment_above_the_target_or_the_group_is_called_so(write, target, group):
    source = write("# exported, in 2024, by us\nage,ill,who\n60,1,a\n61,0,b\n")
    with pytest.raises(StudyError, match=r"patients\.csv:1: is a comment"):
        load_table(Data(source=source, target=target), group)


@pytest.mark.parametrize(
    "rows",
    [
        ",a,b,y\n0,1.5,4,0\n1,2,3,1\n",
        ",a,b,y\nw,1.5,4,0\nx,2,3,1\n",
        '"","a","b","y"\n"1",1.5,4,0\n"2",2,3,1\n',
        f",a,b,y\n{'9' * 45},1.5,4,0\n,2,3,1\n",
    ],
    ids=["pandas", "pandas, of names", "R", "long numbers and nothing"],
)
def test_the_names_of_rows_that_pandas_and_r_write_are_no_feature_and_the_note_says_so(write, rows):
    table = load(write(rows))
    assert table.columns == ("a", "b")
    assert table.features.tolist() == [[1.5, 4], [2, 3]]
    assert "taken for names of the rows and left out" in table.note


def test_the_index_that_pandas_writes_to_parquet_is_no_feature(tmp_path):
    frame = pl.DataFrame({"a": [1.5, 2], "y": [0, 1], "__index_level_0__": ["w", "x"]})
    frame.write_parquet(tmp_path / "t.parquet")
    assert load(str(tmp_path / "t.parquet")).columns == ("a",)


def test_data_positive_chooses_the_positive_class(write):
    table = load(write("a,y\n1,sick\n2,healthy\n3,sick\n"), positive="healthy")
    assert (table.classes, table.targets.tolist(), table.note) == (("sick", "healthy"), [0, 1, 0], "")
    assert load(write("a,y\n1,0\n2,1\n"), positive="0").targets.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        ([0, 1, 1], "binary", ("0", "1")),
        ([-1, 1, 1], "binary", ("-1", "1")),
        ([2.5, 0.5, 0.5], "binary", ("0.5", "2.5")),
        (["true", "false", "true"], "binary", ("false", "true")),
        ([10, 9, 2], "multiclass", ("2", "9", "10")),
        (["b", "a", "c"], "multiclass", ("a", "b", "c")),
        (["1", "2", "3+"], "multiclass", ("1", "2", "3+")),
        ([0.5, 1, 2], "regression", ()),
        (list(range(20)), "multiclass", tuple(map(str, range(20)))),
        (list(range(21)), "regression", ()),
    ],
)
def test_auto_finds_the_task_and_sorts_the_classes(write, values, task, classes):
    table = load(write("a,y\n" + "".join(f"{row},{value}\n" for row, value in enumerate(values))))
    assert (table.task, table.classes) == (task, classes)
    if task == "regression":
        assert table.targets.tolist() == values
    else:
        assert [classes[index].lower() for index in table.targets] == [str(value).lower() for value in values]


def test_data_task_goes_before_what_the_values_suggest(write):
    path = write("a,y\n1,0\n2,1\n3,0\n")
    assert load(path, task="multiclass").outputs == 2
    assert load(path, task="regression").targets.dtype == np.float32


def test_the_group_column_is_no_feature_and_may_hold_text(write):
    table = load(write("a,y,patient\n1,0,p9\n2,1,p1\n3,0,p9\n"), group="patient")
    assert table.columns == ("a",)
    assert table.groups[0] == table.groups[2] != table.groups[1]


def test_booleans_and_padded_numbers_are_numbers(write):
    table = load(write("a,b,y\n 1,true,0\n2 ,False,1\n"))
    assert table.features.tolist() == [[1, 1], [2, 0]]


def test_a_parquet_table_may_hold_categories_booleans_and_nulls(tmp_path):
    frame = pl.DataFrame(
        {"a": [1, None], "b": [True, False], "n": [None, None], "y": pl.Series(["u", "v"], dtype=pl.Categorical)}
    )
    frame.write_parquet(tmp_path / "t.parquet")
    table = load(str(tmp_path / "t.parquet"))
    np.testing.assert_array_equal(table.features, np.array([[1, 1], [np.nan, 0]], np.float32))
    assert [source.kind for source in table.sources] == ["numeric", "boolean", "constant"]
    assert table.classes == ("u", "v")


def test_words_for_a_regression_blame_the_task_or_the_target(write):
    path = write("a,stage\n1,early\n2,late\n3,late\n")
    (said,) = problems_of(path, "stage", task="regression")
    assert said.endswith("such as 'early': write numbers or change data.task or data.target")


def test_a_column_that_differs_by_case_is_offered(write):
    path = write("a,y\n1,0\n2,1\n")
    assert problems_of(path, "Y") == [f"data.target: {path} has no column 'Y'; did you mean 'y'? (columns: a, y)"]
    assert problems_of(path, "zzz") == [f"data.target: {path} has no column 'zzz' (columns: a, y)"]


def test_a_target_with_missing_values_is_refused_in_one_line_with_the_rows(write):
    values = ["" if row in (12, 40, 41) else row % 2 for row in range(1, 51)]
    path = write("a,relapse\n" + "".join(f"{value}.5,{value}\n" for value in values))
    assert problems_of(path, "relapse") == [
        f"{path}: column 'relapse' has 3 missing values (rows 12, 40, 41): "
        "a target must be known; fewer than 5 % would be left out; drop those rows, or set data.target"
    ]


def test_a_text_target_with_missing_values_is_refused_too(write):
    assert (
        "column 'y' has 1 missing value (row 2): a target must be known"
        in problems_of(write("a,y\n1,u\n2, \n3,v\n"))[0]
    )


@pytest.mark.parametrize(
    ("content", "data", "expected"),
    [
        ("a,relapse\n1,0\n", {"target": None}, "data.target: name the column of"),
        ("a,relapse\n1,0\n", {"target": "relaps"}, "did you mean 'relapse'? (columns: a, relapse)"),
        ("a,y\n1,0\n2,1\n", {"group": "b"}, "folds.group: "),
        ("a,y\n1,0\n2,1\n", {"group": "y"}, "folds.group: 'y' is the target; name another column"),
        ("a,y\n1,0\n2,1\n", {"group": "a"}, "has no column besides the target and the group; add features"),
        ("a,b,y\n,1,0\nx,2,1\n", {"group": "a"}, "column 'a' has 1 missing value (row 1): a group must be known"),
        ("a,y\n1,7\n2,7\n", {}, "column 'y' has the same value in every row"),
        ("a,y\n1,inf\n2,1\n3,2.5\n", {}, "column 'y' has 1 infinite value (row 1)"),
        (
            "a,y\n1,1e39\n2,1\n3,2.5\n",
            {},
            "column 'y' has 1 too large value (row 1), above 3.4e38, where float32 ends: divide the column",
        ),
        (
            "a,y\n1,1\n-4e38,0\n1e300,1\n",
            {},
            "'a' has 2 too large values (rows 2, 3), above 3.4e38, where float32 ends: divide the column, or",
        ),
        ("a,y\n1,u\n2,v\n", {"task": "regression"}, "has 2 non-numeric values (rows 1, 2), such as 'u'"),
        ("a,y\n1,1\n2,2\n3,3\n", {"task": "binary"}, "has 3 distinct values: binary needs two"),
        ("a,y\n1,1\n2,2\n3,3\n", {"positive": "1"}, "data.positive: only a binary target has a positive class"),
        ("a,y\n1,u\n2,v\n", {"positive": "w"}, "data.positive: must be one of u, v, received 'w'"),
    ],
)
def test_what_does_not_fit_is_refused_with_cause_place_and_cure(write, content, data, expected):
    problems = problems_of(write(content), **data)
    assert len(problems) == 1
    assert expected in problems[0]


def test_one_slip_in_a_regression_target_is_not_taken_for_hundreds_of_classes(write):
    path = write("a,y\n" + "".join(f"{row % 7},{row}.5\n" for row in range(50)) + "1,12..5\n")
    assert "column 'y' has 1 non-numeric value (row 51), such as '12..5'" in problems_of(path)[0]


def test_a_date_is_refused_as_target(tmp_path):
    frame = pl.DataFrame({"a": [1, 2], "d": ["2024-01-01", "2024-01-02"]}).with_columns(pl.col("d").str.to_date())
    frame.write_parquet(tmp_path / "t.parquet")
    assert any("column 'd' has type Date" in line for line in problems_of(str(tmp_path / "t.parquet"), "d"))


def test_all_problems_of_all_columns_come_together(write):
    path = write("a,b,y,g\nx,1,0,\n1,z,,p\n")
    problems = problems_of(path, group="g", columns={"a": "numeric", "b": "boolean"})
    assert [line.partition("column ")[2][:3] for line in problems] == ["'a'", "'b'", "'y'", "'g'"]


def test_numbers_that_float32_rounds_are_noted(write):
    assert "column 'id' has numbers above 16,777,216, rounded" in load(write("id,b,y\n16777217,1,0\n5,2,1\n")).note
    assert "rounded" not in load(write("id,b,y\n33554432,1,0\n5,2,1\n")).note
    assert load(write("id,b,y\n16777217,1,0\n5,2,1\n"), drop="id").note == (
        "'1' is the positive class, its name says so; data.positive changes it"
    )


def note_of(tmp_path, **columns):
    other = np.random.default_rng(1).normal(size=300)
    pl.DataFrame(columns | {"other": other, "y": np.arange(300) % 2}).write_parquet(tmp_path / "t.parquet")
    return load(str(tmp_path / "t.parquet"), positive="1").note


def test_what_float32_cannot_tell_apart_is_counted_and_has_a_cure(tmp_path):
    draw = np.random.default_rng(0)
    large, seconds = 1e15 + draw.choice(2_000_000, 300, replace=False), 1.7e9 + np.arange(300) % 121
    cure = "apart: subtract an offset, or rescale it; an identifier belongs into data.drop"
    for values in (large, seconds, np.where(np.arange(300) == 5, np.nan, seconds)):
        before, after = (len(np.unique(array[~np.isnan(array)])) for array in (values, values.astype(np.float32)))
        assert after < 6 < 120 < before
        said = f"{after} of {before} values are left"
        assert note_of(tmp_path, x=values) == f"float32 cannot tell the values of column 'x' ({said}) {cure}"
    assert note_of(tmp_path, x=large - 1e15, z=seconds - 1.7e9) == ""
    twice = np.where(np.arange(300) < 9, 1.0, 1.7e9 + 1)
    assert note_of(tmp_path, x=twice).startswith("column 'x' has numbers above 16,777,216, rounded")
    many = {f"x{index}": seconds for index in range(7)} | {"z": 2e9 + 1000 * np.arange(300)}
    told = note_of(tmp_path, **many)
    assert told.count("values are left") == 5
    assert f"'x4' (2 of 121 values are left), and 2 more {cure}; column 'z' has numbers above" in told


def test_values_that_stay_apart_in_float32_have_no_note(tmp_path):
    draw = np.random.default_rng(0)
    for values in (draw.normal(size=300), 1e6 + draw.random(300) * 1e4, 1e30 * draw.random(300), np.full(300, np.nan)):
        said = note_of(tmp_path, x=values)
        assert "apart" not in said
    rare = np.zeros(300)
    rare[:3] = 1e8 + np.arange(3)
    assert "apart" not in note_of(tmp_path, x=draw.permutation(np.append(rare, np.arange(300.0)))[:300])


def test_a_missing_feature_is_refused_unless_it_is_imputed(write):
    table = load(write("a,b,y\n1,,0\n2,3,1\n,,0\n"))
    with pytest.raises(StudyError) as caught:
        check_table(table, "refuse")
    cure = "set inputs.impute to auto, drop those rows, or name the column in data.drop"
    assert caught.value.problems == [
        f"patients.csv: column 'a' has 1 missing value (row 3): {cure}",
        f"patients.csv: column 'b' has 2 missing values (rows 1, 3): {cure}",
    ]
    check_table(table, "median")


@pytest.mark.parametrize("value", ["inf", "-inf"])
def test_an_infinite_feature_is_refused_whatever_is_imputed(write, value):
    table = load(write(f"a,y\n1,0\n{value},1\n"))
    with pytest.raises(StudyError, match=r"column 'a' has 1 infinite value \(row 2\)"):
        check_table(table, "mean")


def test_a_long_list_of_rows_and_columns_is_cut(make_table):
    features = np.full((50, 30), np.nan, np.float32)
    table = make_table([0, 1] * 25, features=features, columns=tuple(f"c{index}" for index in range(30)))
    with pytest.raises(StudyError) as caught:
        check_table(table, "refuse")
    assert len(caught.value.problems) == 21
    assert "50 missing values (rows 1, 2, 3, 4, 5, ...)" in caught.value.problems[0]
    assert caught.value.problems[-1] == "made: and 10 more columns like these"
