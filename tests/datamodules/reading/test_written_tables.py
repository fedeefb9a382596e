"""Tables that hypothesis writes come back as they were written, and no file ends in a traceback."""

import csv
import io
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from configs.errors import StudyError
from configs.sections.data import MISSING, Data
from datamodules.reading.loading import load_table

HOW = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
DELIMITERS = st.sampled_from([",", ";", "\t", "|"])
ENDS = st.sampled_from(["\n", "\r\n"])
NUMBERS = st.floats(-1e30, 1e30, allow_nan=False) | st.integers(-(10**15), 10**15)
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff")
WORDS = (
    st.text(LETTERS, min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda word: word and word not in MISSING and any(letter.isalpha() for letter in word))
)


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("written") / "t.csv"


def write(path, rows, delimiter, end="\n", quoting=csv.QUOTE_MINIMAL):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    path.write_bytes(buffer.getvalue().encode())


def load(path, **data):
    return load_table(Data(source=str(path), target="y", **data))


@HOW
@given(
    st.lists(st.tuples(NUMBERS | st.none(), NUMBERS, st.booleans()), min_size=2, max_size=40),
    DELIMITERS, ENDS, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.booleans(),
)  # fmt: skip
def test_numbers_come_back_with_every_delimiter_and_decimal_mark(path, rows, delimiter, end, quoting, comma):
    def text(value):
        return repr(value).replace(".", "," if comma else ".") if value is not None else ""

    table = [["a", "b", "y"], *([text(a), text(b), ("no", "yes")[y]] for a, b, y in rows)]
    write(path, table, delimiter, end, quoting)
    mark = "," if comma else "."
    try:
        found = load(path, columns={"a": "numeric", "b": "numeric"}, decimal=mark)
    except StudyError as error:
        _excused(error, [y for *_, y in rows])
        return
    expected = np.array([[np.nan if a is None else a, b] for a, b, _ in rows], np.float64).astype(np.float32)
    np.testing.assert_array_equal(found.features, expected)
    assert [found.classes[index] == "yes" for index in found.targets] == [y for *_, y in rows]


@HOW
@given(st.lists(st.tuples(WORDS, NUMBERS, WORDS), min_size=2, max_size=40), DELIMITERS, ENDS)
def test_words_come_back_whatever_they_hold(path, rows, delimiter, end):
    write(path, [["word", "number", "y"], *rows], delimiter, end)
    try:
        found = load(path, columns={"word": "categorical", "number": "numeric"}, task="multiclass", missing=[])
    except StudyError as error:
        _excused(error, [y for *_, y in rows])
        return
    levels = found.schema[0].levels
    assert [levels[int(code)] for code in found.features[:, 0]] == [word for word, *_ in rows]
    assert len(found.classes) == len({y for *_, y in rows})
    np.testing.assert_array_equal(
        found.features[:, 1], np.array([n for _, n, _ in rows], np.float64).astype(np.float32)
    )


@HOW
@given(st.lists(st.tuples(st.dates(min_value=date(1000, 1, 1)), st.booleans()), min_size=2, max_size=30))
def test_dates_come_back_as_days(path, rows):
    write(path, [["d", "y"], *((day.isoformat(), int(y)) for day, y in rows)], ",")
    try:
        found = load(path, columns={"d": "date"})
    except StudyError as error:
        _excused(error, [y for _, y in rows])
        return
    days = [(day - date(1970, 1, 1)).days for day, _ in rows]
    np.testing.assert_array_equal(found.features[:, found.columns.index("d.days")], days)
    np.testing.assert_array_equal(found.features[:, 0], [day.year for day, _ in rows])


CELL = st.sampled_from(
    ["", "1", "2.5", "1,5", "1.234", "12%", "yes", "no", "NA", "-", "?", "inf", "nan", "x", "007", "2020-01-05",
     "5.1.20", "1e400", "9" * 30, '"', "a,b", "a;b", "\ta", "1 234", "True", "+", "0x1", "1_0", "\x00", "\ufeff", "é"]
)  # fmt: skip


@HOW
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=30), DELIMITERS)
def test_any_cells_make_a_table_or_lines_for_a_person(path, rows, delimiter):
    write(path, [["a", "b", "y"], *rows], delimiter)
    _table_or_lines(path)


@HOW
@given(st.text(st.sampled_from('ab1,;\t|"\n\r #=.-%é\x00'), max_size=80) | st.binary(max_size=60))
def test_any_text_and_any_bytes_make_a_table_or_lines_for_a_person(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    _table_or_lines(path)
    path.write_bytes(b"y,x,z\n" + (content if isinstance(content, bytes) else content.encode()))
    _table_or_lines(path)


def _excused(error, labels):
    assert len(set(labels)) < 2, str(error)


def _check_lines(error):
    assert all(problem.strip() and "\n" not in problem for problem in error.problems)


def _table_or_lines(path):
    try:
        table = load(path)
    except StudyError as error:
        _check_lines(error)
        return
    assert table.features.shape == (table.rows, len(table.schema))
    for column, values in zip(table.schema, table.features.T, strict=True):
        if column.kind == "categorical":
            assert set(values[~np.isnan(values)].tolist()) <= set(range(len(column.levels)))
