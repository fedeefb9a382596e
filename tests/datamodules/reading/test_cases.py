"""Small files after public bug reports: each is read as its line in cases/README.md says, with nothing else set."""

from pathlib import Path

import numpy as np
import pytest

from configs.errors import StudyError
from configs.sections.data import Data
from configs.sections.folds import Folds
from datamodules.checks.fold_hints import fold_hints
from datamodules.folds.plan import plan_folds
from datamodules.reading.loading import load_table

CASES = Path(__file__).parents[1] / "cases"


def load(name, target="y", group=None, **data):
    return load_table(Data(source=str(CASES / name), target=target, **data), group)


def problems_of(name, **data):
    with pytest.raises(StudyError) as caught:
        load(name, **data)
    return caught.value.problems


def kinds(table):
    return {source.name: source.kind for source in table.sources}


def test_every_file_is_one_of_the_readme():
    text = (CASES / "README.md").read_text()
    files = [path.name for path in CASES.iterdir() if path.suffix != ".md"]
    assert len(files) == 20
    assert all(f"`{name}`" in text for name in files)


@pytest.mark.parametrize(
    ("name", "rows", "first", "classes"),
    [
        ("02_semicolon_comma.csv", 60, [0.59], ("nein", "ja")),
        ("05_mixed_endings.csv", 60, [0.5], ("0", "1")),
        ("11_thousands.csv", 60, [12345, 0.4], ("0", "1")),
        ("14_const_missing.csv", 60, [0.88, 0.5], ("0", "1")),
        ("25_labels.csv", 60, [-1.653], ("not donated", "donated")),
        ("43_gz.csv.gz", 60, [0.732], ("0", "1")),
        ("49_tsv.tsv", 60, [-0.202], ("0", "1")),
        ("50_na_words.csv", 60, [np.nan, 0], ("0", "1")),
        ("16_explode.csv", 60, [0], ()),
        ("33_linear.csv", 60, [0], ()),
    ],
)
def test_numbers_are_those_of_the_file(name, rows, first, classes):
    table = load(name)
    assert (table.rows, table.classes) == (rows, classes)
    assert set(kinds(table).values()) == {"numeric"}
    np.testing.assert_array_equal(table.features[0], np.array(first, np.float32))


def test_delimiter_and_decimal_mark_are_told():
    assert "the fields are separated by semicolons" in load("02_semicolon_comma.csv").note
    assert "decimal comma in 'x' (as in 0,59)" in load("02_semicolon_comma.csv").note
    assert "the fields are separated by tabs" in load("49_tsv.tsv").note


def test_thousands_and_percent_signs_are_told():
    note = load("11_thousands.csv").note
    assert "thousands separators in 'n' (as in 12,345); percent signs in 'p' (40% is a hundredth)" in note


def test_a_number_of_forty_digits_has_one_line_with_column_and_row():
    (told,) = problems_of("07_big_int.csv")
    assert "column 'n' has 1 too long value (row 1) for a whole number" in told
    assert "quote" not in told


def test_namibia_is_missing_unless_data_missing_says_no_word():
    table = load("08_na_label.csv")
    assert table.schema[0].levels == ("DE", "ZA")
    assert np.isnan(table.features[::3, 0]).all()
    assert (
        table.note.count("'NA' (20 rows) in 'country' counts as missing; if it is a value, data.missing=[] keeps") == 1
    )
    assert load("08_na_label.csv", missing=[]).schema[0].levels == ("DE", "NA", "ZA")


def test_a_date_becomes_columns():
    table = load("10_dates.csv")
    assert [column.name for column in table.schema if column.source == "d"] == [
        f"d.{part}" for part in ("year", "month", "day_of_week", "day_of_year_sin", "day_of_year_cos", "days")
    ]
    np.testing.assert_array_equal(table.features[0, [0, 1, 2, 5]], [2019, 6, 6, 18048])  # a Saturday


def test_yes_and_blank_are_a_level_and_a_missing_value():
    table = load("13_yes_blank.csv")
    assert (table.schema[0].kind, table.schema[0].levels) == ("categorical", ("yes",))
    assert np.isnan(table.features[0, 0])
    assert table.features[1, 0] == 0


def test_the_positive_class_is_told_and_is_the_one_that_is_not_negated():
    assert "'donated' is the positive class, its name says so" in load("25_labels.csv").note


def test_levels_are_sorted_and_codes_stand_for_them():
    table = load("22_train.csv")
    assert table.schema[0].levels == ("a", "b")
    np.testing.assert_array_equal(table.features[:4, 0], [0, 1, 0, 1])


def test_an_identifier_that_repeats_is_a_category():
    assert kinds(load("35_patients.csv")) == {"pid": "categorical", "x": "numeric"}


def test_a_header_in_the_middle_has_one_line_with_the_row():
    (told,) = problems_of("42b_header_inside.csv")
    assert told.endswith("42b_header_inside.csv: row 31 is the header again; remove it")


def test_groups_of_words_are_read():
    table = load("31_groups.csv", group="g")
    assert table.columns == ("x",)
    np.testing.assert_array_equal(table.groups, [0, 0, 1, 1, 2, 3])


def test_a_file_as_field_workers_wrote_it_down_is_read_with_nothing_set():
    table = load("penguins_raw.csv", "Species")
    assert (table.task, table.rows, len(table.classes)) == ("multiclass", 344, 3)
    left = {
        name: kind for name, kind in kinds(table).items() if kind not in ("numeric", "categorical", "boolean", "date")
    }
    assert left == {"Region": "constant", "Stage": "constant", "Individual ID": "identifier", "Comments": "text"}
    assert kinds(table)["Date Egg"] == "date"
    assert np.isnan(table.features[:, [column.name for column in table.schema].index("Delta 15 N (o/oo)")]).sum() == 14
    hints = fold_hints(table, plan_folds(table, Folds(), 0))
    assert any("column 'Individual ID' has 190 distinct values in 344 rows, as an identifier" in one for one in hints)
    assert any("'folds.group=Individual ID' keeps its rows together" in one for one in hints)
    grouped = load("penguins_raw.csv", "Species", group="Individual ID")
    assert len(np.unique(grouped.groups)) == 190
    assert fold_hints(grouped, plan_folds(grouped, Folds(method="auto"), 0)) == []
