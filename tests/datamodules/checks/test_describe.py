from datetime import date

import numpy as np
import polars as pl

from configs.sections.data import Data
from configs.sections.folds import Folds
from datamodules.checks.describe import describe_plan, describe_reading, describe_table
from datamodules.folds.plan import Role, plan_folds
from datamodules.reading.loading import frame_table, load_table
from datamodules.schema import Source


def test_a_table_is_described_with_its_positive_class_and_digest():
    table = load_table(Data())
    assert describe_table(table).splitlines() == [
        "breast_cancer: 569 rows, 30 columns; binary target 'diagnosis'",
        "classes: benign 357, malignant 212 (positive)",
        f"table digest: {table.digest()}",
    ]


def test_a_date_is_one_column_however_many_inputs_it_has():
    frame = pl.DataFrame({"day": [date(2020, 1, 1 + day) for day in range(28)], "x": range(28), "y": ["a", "b"] * 14})
    table = frame_table(frame, Data(source="visits", target="y", columns={"x": "numeric"}))
    assert table.num_columns > 2
    assert describe_table(table).startswith("visits: 28 rows, 2 columns; binary target 'y'")
    without = frame.with_columns(day=pl.when(pl.col("x") > 1).then("day"))
    assert "\nmissing values: 2\n" in describe_table(frame_table(without, Data(source="visits", target="y")))


def test_missing_values_groups_and_notes_are_described(make_table):
    features = np.full((4, 3), np.nan, np.float32)
    groups = np.array([0, 0, 1, 2], np.int32)
    text = describe_table(make_table([0.5, 1, 2, 4.5], "regression", features=features, groups=groups, note="look"))
    assert "target: 0.5 to 4.5, mean 2" in text
    assert "groups: 3" in text
    assert "missing values: 12" in text
    assert "note: look" in text


def test_a_training_begins_with_the_description_of_a_file_and_of_no_bundled_table(make_table):
    table = make_table([0, 1, 1], sources=tuple(Source(name, "numeric") for name in "abc"), note="look")
    *lines, digest = describe_table(table).splitlines()
    assert describe_reading(table) == lines
    assert lines[0] == "made: 3 rows, 3 columns; binary target 'y'"
    assert (lines[-1], digest.split()[0]) == ("note: look", "table")
    assert describe_reading(load_table(Data())) == []


def test_a_plan_is_described_with_the_rows_and_classes_of_each_part():
    table = load_table(Data())
    plan = plan_folds(table, Folds(splits=2), 0)
    lines = describe_plan(table, plan).splitlines()
    assert lines[0].split() == ["repeat", "fold", "train", "validation", "scored", "test"]
    parts = []
    for role in (Role.train, Role.validation, Role.scored, Role.test):
        targets = table.targets[plan.rows_of(0, role)]
        parts.append(f"{len(targets)} ({(targets == 0).sum()} {(targets == 1).sum()})")
    assert " ".join(lines[1].split()) == f"0 0 {' '.join(parts)}"
    assert lines[-2:] == ["(in brackets: rows of benign, malignant)", f"fold plan digest: {plan.digest()}"]


def test_a_long_plan_is_cut_and_many_classes_are_summed_up():
    table = load_table(Data(source="digits"))
    lines = describe_plan(table, plan_folds(table, Folds(repeats=3), 0)).splitlines()
    assert len(lines) == 1 + 20 + 3
    assert lines[21] == "... and 10 more folds"
    assert lines[1].split()[2:5] == ["1,099", "(106", "111)"]
    assert lines[22] == "(in brackets: rows of the smallest and largest class)"


def test_a_regression_plan_counts_rows_alone():
    table = load_table(Data(source="diabetes"))
    lines = describe_plan(table, plan_folds(table, Folds(method="split"), 0)).splitlines()
    assert lines[1].split() == ["0", "0", "300", "53", "0", "89"]
    assert len(lines) == 3


def test_of_thirty_classes_the_largest_and_smallest_are_told_and_of_twelve_all(make_table):
    thirty = make_table(np.repeat(np.arange(30), np.arange(30) + 2), "multiclass")
    (line,) = [line for line in describe_table(thirty).splitlines() if line.startswith("classes: ")]
    a, *_, y, z = thirty.classes
    assert line.startswith(f"classes: 30; most rows: {z} 31, {y} 30, ")
    assert line.endswith(f", {a} 2")
    assert "; fewest: " in line
    twelve = make_table(np.repeat(np.arange(12), 3), "multiclass")
    assert f"classes: {', '.join(f'{name} 3' for name in twelve.classes)}\n" in describe_table(twelve)
