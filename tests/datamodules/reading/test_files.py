import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from configs.errors import StudyError
from configs.sections.data import Data
from datamodules.reading.files.formats import read_file


def read_frame(path: str | Path, wanted: tuple[str, ...] = (), single: bool = False, **data: str) -> pl.DataFrame:
    return read_file(Path(path), Data(source=str(path), **data), set(wanted), single).frame


def problem_of(path: str, **data: str) -> str:
    with pytest.raises(StudyError) as caught:
        read_frame(path, **data)
    return str(caught.value)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_in_the_header(write, separator):
    frame = read_frame(write(f"a{separator}b\n1{separator}2.5\n"))
    assert frame.to_dict(as_series=False) == {"a": ["1"], "b": ["2.5"]}


def test_a_separator_within_quotes_does_not_count(write):
    assert read_frame(Path(write('"a;b;c;d",e\n1,2\n'))).columns == ["a;b;c;d", "e"]


@pytest.mark.parametrize("first", ["sep=;\n", '"sep=;"\n', "SEP=;\r\n", "\ufeffsep=; \n"])
def test_the_line_that_excel_reads_the_separator_from_is_read_here_too(write, first):
    frame = read_frame(Path(write(f"{first}a,b,c;d\n1;2.5\n3;4\n")))
    assert frame.to_dict(as_series=False) == {"a,b,c": ["1", "3"], "d": ["2.5", "4"]}


def test_lines_are_counted_from_the_one_that_names_the_separator(write):
    assert "patients.csv:4: has 1 fields, but the header has 2" in problem_of(write("sep=;\na;b\n1;2\n4\n"))
    assert "patients.csv:2: names a column twice" in problem_of(write("sep=;\na;a\n1;2\n"))
    assert "patients.csv:2: is an empty line" in problem_of(write("sep=;\n\na;a\n1;2\n"))
    assert "patients.csv: has a header but no rows" in problem_of(write("sep=;\na;b\n"))


@pytest.mark.parametrize("first", ["# comment\n", "# made in 2024, by us, see README\n", "# one\n# two\n", "#\n"])
def test_a_comment_above_the_header_is_called_so(write, first):
    problem = problem_of(write(f"{first}a,b\n1,2\n"))
    assert problem.endswith(
        "patients.csv:1: is a comment, not the names of the columns; remove the lines that begin with #"
    )


@pytest.mark.parametrize("wanted", [("b",), ("a",), ("a", "b")])
@pytest.mark.parametrize("first", ["# made in 2024, by us\n", "# made in 2024, by us\n# one, two\n"])
def test_a_comment_with_as_many_fields_is_one_if_what_is_asked_for_stands_below_it(write, first, wanted):
    path = Path(write(f"{first}a, b\n1,2\n"))
    with pytest.raises(StudyError, match=r"patients\.csv:1: is a comment, not the names of the columns; remove"):
        read_frame(path, wanted)
    assert read_frame(path, ("c",)).columns == [name.strip() for name in first.partition("\n")[0].split(",")]


def test_a_header_may_hold_what_a_row_holds_too(write):
    frame = read_frame(Path(write("#chrom,relapse\nrelapse,#chrom\n")), ("relapse",))
    assert frame.columns == ["#chrom", "relapse"]


def test_a_header_may_begin_with_a_number_sign(write):
    assert read_frame(Path(write("#chrom,b\n1,2\n"))).columns == ["#chrom", "b"]


def test_a_byte_order_mark_windows_line_ends_and_trailing_blank_lines_do_no_harm(write):
    frame = read_frame(Path(write(b"\xef\xbb\xbfa,b\r\n1,2\r\n3,4\r\n\r\n\r\n")))
    assert frame.head(2).to_dict(as_series=False) == {"a": ["1", "3"], "b": ["2", "4"]}


def test_blanks_around_a_column_name_are_dropped(write):
    assert read_frame(Path(write("a, b \n1,2\n"))).columns == ["a", "b"]


def test_a_string_after_many_numbers_is_not_lost(write):
    rows = "".join(f"{number},0\n" for number in range(5000))
    assert read_frame(Path(write(f"a,b\n{rows}late,0\n")))["a"][-1] == "late"


def test_a_parquet_file_keeps_its_types(tmp_path):
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [True, False]})
    frame.write_parquet(tmp_path / "t.parquet")
    assert read_frame(tmp_path / "t.parquet").equals(frame)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "patients.csv: is empty"),
        (" \n\n", "patients.csv: is empty"),
        ("a,b\n", "patients.csv: has a header but no rows"),
        ("a\n1\n", "patients.csv:1: has one column; separate"),
        ("a,b,a,b\n1,2,3,4\n", r"patients.csv:1: names a column twice (a, b)"),
        ("\na,b\n1,2\n", "patients.csv:1: is an empty line; begin with"),
        ("a,,b,\n1,2,3,4\n", r"patients.csv:1: has columns without a name (number 2, 4)"),
        (",a,,b\n1,2,3,4\n", r"patients.csv:1: has columns without a name (number 3)"),
        ("1.5,2e3\n3,4\n", "patients.csv:1: has numbers where the column names should be"),
        ("a,b,c\n1,2,3\n4,5\n", "patients.csv:3: has 2 fields, but the header has 3"),
        ("a,b\n1,2\n3,4,5\n", "patients.csv:3: has 3 fields, but the header has 2"),
        (b"a,b\n1,2\n1,\xe9\n", "patients.csv:3: is not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "patients.csv:1: is not UTF-8"),
        ('a,b\n1,"x\n2,3\n', "look for an open quote"),
    ],
)
def test_what_is_not_a_table_is_refused_with_its_place_and_a_cure(write, content, expected):
    assert expected in problem_of(write(content))


def test_all_that_is_wrong_with_a_header_is_said_at_once(write):
    assert len(problem_of(write("1,1\n2,3\n")).splitlines()) == 2


def test_a_file_that_is_not_there_or_of_another_kind_is_refused(tmp_path, write):
    assert "none.csv: cannot be read (No such file or directory); correct the path" in problem_of(tmp_path / "none.csv")
    assert "cannot be read; write the table as .csv, .tsv, .parquet or .arrow" in problem_of(write("", "table.xlsx"))
    assert "is not a Parquet file" in problem_of(write("not parquet", "table.parquet"))


def test_a_missing_parquet_file_is_refused_without_a_trace(tmp_path):
    assert "none.parquet: cannot be read" in problem_of(tmp_path / "none.parquet")


def test_reading_a_table_loads_neither_framework():
    code = """
import sys
import datamodules.datasets.mnist
from datamodules.checks import describe
from datamodules.folds import plan as folds
from datamodules.reading import loading
from datamodules.inputs import statistics
from datamodules import batches
assert not {"torch", "tensorflow", "keras", "pandas"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
