"""Rows without a target: what the networks take is found by its name, and what is wrong is told at once."""

import numpy as np
import polars as pl
import pytest

from configs.errors import StudyError
from configs.sections.data import Data
from configs.sections.inputs import Inputs
from datamodules.reading import unseen
from datamodules.reading.unseen import row_batches
from datamodules.schema import Column, all_numeric

COLUMNS = ("age", "marker")


def read_unseen(path, columns, imputes):
    inputs = Inputs(impute="auto" if imputes else "refuse")
    (found,) = unseen.read_unseen(path, all_numeric(columns), inputs, Data())
    return found[:2]


def write(folder, text, name="new.csv"):
    (folder / name).write_text(text)
    return folder / name


def test_inputs_come_in_the_order_of_the_run_and_the_rest_is_kept_as_it_was_written(tmp_path):
    path = write(tmp_path, "id;marker;visit;age\n007;0.5;2026-01-01;60\n010;-1;x;NA\n")
    features, others = read_unseen(path, COLUMNS, imputes=True)
    np.testing.assert_array_equal(features, np.array([[60, 0.5], [np.nan, -1]], np.float32))
    assert others.to_dict(as_series=False) == {"id": ["007", "010"], "visit": ["2026-01-01", "x"]}


def test_what_stands_for_a_missing_input_is_text_elsewhere_and_every_row_counts(tmp_path):
    path = write(tmp_path, "country,age,marker\nNA,1,2\nnull,NA,?\n,,\n")
    features, others = read_unseen(path, COLUMNS, imputes=True)
    np.testing.assert_array_equal(features, np.array([[1, 2], [np.nan] * 2, [np.nan] * 2], np.float32))
    assert others["country"].to_list() == ["NA", "null", None]


def test_a_single_input_is_a_table(tmp_path):
    features, others = read_unseen(write(tmp_path, "age\n1\n2\n"), ("age",), imputes=False)
    np.testing.assert_array_equal(features, [[1], [2]])
    assert others.width == 0


def test_true_and_false_are_numbers_as_in_training(tmp_path):
    features, _ = read_unseen(write(tmp_path, "age,marker\n1,true\n2,false\n"), COLUMNS, imputes=False)
    np.testing.assert_array_equal(features, [[1, 1], [2, 0]])


def test_parquet_keeps_its_types(tmp_path):
    path = tmp_path / "new.parquet"
    pl.DataFrame({"age": [60, 61], "kind": [[1], [2]], "marker": [True, False]}).write_parquet(path)
    features, others = read_unseen(path, COLUMNS, imputes=False)
    np.testing.assert_array_equal(features, [[60, 1], [61, 0]])
    assert others["kind"].to_list() == [[1], [2]]


@pytest.mark.parametrize(
    ("text", "imputes", "told"),
    [
        ("Age,marke\n1,2\n", True, "inputs: {} has no column 'age'; did you mean 'Age'?"),
        ("Age,marke\n1,2\n", True, "inputs: {} has no column 'marker'; did you mean 'marke'?"),
        ("age,marker\n1,2\nold,3\n", True, "{}: column 'age' has 1 non-numeric value (row 2), such as 'old'"),
        ("age,marker\n1,2\n,3\n", False, "{}: column 'age' has 1 missing value (row 2), and the networks were trained"),
        ("age,marker\n1,2\n3,1e99\n", True, "{}: column 'marker' has 1 too large value (row 2), above 3.4e38"),
        ("age,marker\n1,2\n3,inf\n", True, "{}: column 'marker' has 1 infinite value (row 2): correct those rows"),
        ("age,marker\n", True, "{}: has a header but no rows"),
    ],
)
def test_what_is_wrong_has_a_place_and_a_cure(tmp_path, text, imputes, told):
    path = write(tmp_path, text)
    with pytest.raises(StudyError) as refused:
        read_unseen(path, COLUMNS, imputes)
    assert any(problem.startswith(told.format(path)) for problem in refused.value.problems), refused.value.problems


def test_all_problems_are_told_together(tmp_path):
    with pytest.raises(StudyError) as refused:
        read_unseen(write(tmp_path, "age,marker\nx,inf\n"), COLUMNS, imputes=True)
    assert len(refused.value.problems) == 2


@pytest.mark.parametrize(("rows", "members"), [(1, 1), (5, 3), (100_000, 10)])
def test_batches_are_the_rows_in_order_and_never_too_large(rows, members):
    features = np.arange(rows * 30, dtype=np.float32).reshape(rows, 30)
    batches = list(row_batches(features, members, 30))
    np.testing.assert_array_equal(np.concatenate(batches), features)
    assert max(batch.nbytes for batch in batches) * members <= 16 << 20


TYPED = (
    Column("c", "c", "categorical", ("a", "b")),
    Column("flag", "flag", "boolean"),
    *(Column(f"seen.{part}", "seen", "date") for part in ("year", "month", "day_of_week", "sin", "cos", "days")),
    Column("x", "x"),
)


def test_rows_are_held_to_the_types_and_levels_of_the_training(tmp_path):
    text = "id;x;seen;flag;c\n1;1,5;03.02.2020;yes;b\n2;2,5;;No;z\n3;0,5;01.01.1970;;z\n4;1;04.02.2020;1;\n"
    path = write(tmp_path, text)
    (found,) = unseen.read_unseen(path, TYPED, Inputs(), Data(), {"seen": "%d.%m.%Y"})
    np.testing.assert_array_equal(found.features[:, 0], [1, 2, 2, np.nan])  # 2 stands for what training did not have
    np.testing.assert_array_equal(found.features[:, 1], [1, 0, np.nan, 1])
    np.testing.assert_array_equal(found.features[:, 7], [18295, np.nan, 0, 18296])
    np.testing.assert_array_equal(found.features[:, 8], [1.5, 2.5, 0.5, 1])
    assert found.others["id"].to_list() == ["1", "2", "3", "4"]
    (note,) = unseen.unknown_notes(str(path), found.unknown)
    assert note.endswith("column 'c' has 2 rows with a level that training did not have: 'z'")


def test_a_data_frame_is_held_to_the_types_of_the_training_as_a_file_is(tmp_path):
    text = "id,x,seen,flag,c\n1,1.5,2020-02-03,yes,b\n2,2.5,,no,z\n3,0.5,1970-01-01,,z\n4,1,2020-02-04,yes,\n"
    (of_file,) = unseen.read_unseen(write(tmp_path, text), TYPED, Inputs(), Data(), {"seen": "%Y-%m-%d"})
    words = pl.read_csv(text.encode(), schema_overrides={"id": pl.String})
    typed = words.with_columns(pl.col("seen").str.to_date(), pl.col("flag") == "yes", pl.col("c").cast(pl.Categorical))
    for frame in (words, typed):
        (found,) = unseen.read_unseen(frame, TYPED, Inputs(), Data(), {"seen": "%Y-%m-%d"})
        np.testing.assert_array_equal(found.features, of_file.features)
        assert found.unknown == of_file.unknown
        assert found.others.equals(of_file.others)


def test_a_data_frame_without_an_input_is_a_line_that_names_it():
    with pytest.raises(StudyError, match=r"the frame has no column 'marker'"):
        list(unseen.read_unseen(pl.DataFrame({"age": [1.0]}), all_numeric(COLUMNS), Inputs(), Data()))


def test_every_column_of_another_type_has_its_line(tmp_path):
    path = write(tmp_path, "x,seen,flag,c\nold,2020-02-03,maybe,a\n")
    with pytest.raises(StudyError) as refused:
        list(unseen.read_unseen(path, TYPED, Inputs(), Data(), {"seen": "%d.%m.%Y"}))
    told = [problem.removeprefix(f"{path}: ") for problem in refused.value.problems]
    assert [line[:14] for line in told] == ["column 'flag' ", "column 'seen' ", "column 'x' has"]


def test_an_infinite_value_is_missing_where_the_study_says_so(tmp_path):
    path = write(tmp_path, "age,marker\ninf,1\n")
    (found,) = unseen.read_unseen(path, all_numeric(COLUMNS), Inputs(infinite="missing"), Data())
    np.testing.assert_array_equal(found.features, [[np.nan, 1]])
