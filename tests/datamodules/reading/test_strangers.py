"""More small files of the kinds that cases/ has: what each column is taken for, and what is refused."""

import gzip
import io
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.sections.data import Data
from configs.sections.folds import Folds
from datamodules.folds.plan import plan_folds
from datamodules.reading.loading import frame_table, load_table


def load(path, target="y", **data):
    return load_table(Data(source=str(path), target=target, **data))


def problem_of(path, **data):
    with pytest.raises(StudyError) as caught:
        load(path, **data)
    (told,) = caught.value.problems
    return told


def column(values, delimiter=",", quote=False, other=True):
    """A file with a column `c`, another number, and a target of two classes, one row for each value."""
    lines = [delimiter.join(["c", *["z"] * other, "y"])]
    for row, value in enumerate(values):
        text = f'"{value}"' if quote else str(value)
        lines.append(delimiter.join([text, *[str((row * 7) % 5)] * other, str(row % 2)]))
    return "\n".join(lines) + "\n"


MANY = 24


@pytest.mark.parametrize(
    ("values", "kind", "first"),
    [
        (["1", "2", "2"] * 8, "numeric", 1),
        ([" 3 ", "2", "2"] * 8, "numeric", 3),
        (["1e3", "-2E-1", ".5"] * 8, "numeric", 1000),
        (["+4", "5.", "6"] * 8, "numeric", 4),
        (["1 234", "5 678", "9"] * 8, "numeric", 1234),
        (["1\u00a0234,5", "5\u00a0678,5", "9,0"] * 8, "numeric", 1234.5),
        (["1'234.5", "5'678.5", "9.0"] * 8, "numeric", 1234.5),
        (["1,234,567", "2,345,678", "9"] * 8, "numeric", 1234567),
        (["1.234.567", "2.345.678", "9"] * 8, "numeric", 1234567),
        (["1.234,56", "5.678,90", "9"] * 8, "numeric", 1234.56),
        (["0,123", "0,456", "9"] * 8, "numeric", 0.123),
        (["50%", "12.5 %", "0"] * 8, "numeric", 0.5),
        (["01", "02", "12"] * 8, "numeric", 1),
        (["01067", "10115", "01067"] * 8, "categorical", 0),
        (["yes", "no", "no"] * 8, "boolean", 1),
        (["Y", "N", "N"] * 8, "boolean", 1),
        (["TRUE", "False", "true"] * 8, "boolean", 1),
        (["ja", "nein", "Ja"] * 8, "boolean", 1),
        (["m", "f", "f"] * 8, "categorical", 1),
        (["yes", "no", "unsure"] * 8, "categorical", 2),
        (["A", "a", "B"] * 8, "categorical", 0),
        (["1", "2", "3+"] * 8, "categorical", 0),
        (["10", "9", "x"] * 8, "categorical", 0),
        (["Zürich", "Genève", "Bern"] * 8, "categorical", 2),
        (["2020-01-05", "2021-02-03"] * 12, "date", 2020),
        (["2020/01/05", "2021/02/03"] * 12, "date", 2020),
        (["05.01.2020", "3.2.2021"] * 12, "date", 2020),
        (["25/12/2020", "03/02/2021"] * 12, "date", 2020),
        (["12/25/2020", "03/02/2021"] * 12, "date", 2020),
        (["5 Jan 2020", "3 Feb 2021"] * 12, "date", 2020),
        (["January 5, 2020", "February 3, 2021"] * 12, "date", 2020),
        (["2020-01-05T10:30:00Z", "2021-02-03T00:00:00Z"] * 12, "date", 2020),
        (["2020-01-05 10:30", "2021-02-03 00:00"] * 12, "date", 2020),
        (["03/02/2020", "04/05/2021"] * 12, "text", None),
        ([f"p{row}" for row in range(MANY)], "identifier", None),
        ([f"{row + 100}" for row in range(MANY)], "identifier", None),
        ([f"{(row * 7) % MANY}" for row in range(MANY)], "identifier", None),
        ([f"{row // 2:05d}x{row % 2 * row}" for row in range(MANY)], "identifier", None),
        ([f"{row + 1990}" for row in range(MANY)], "numeric", 1990),
        ([f"{row}.5" for row in range(MANY)], "numeric", 0.5),
        ([f"the patient said {row} times that it hurts" for row in range(4)] * 6, "text", None),
        (["same"] * MANY, "constant", None),
        (["7"] * MANY, "constant", None),
        (["NA", "-"] * 12, "constant", None),
        (["9" * 25, "8" * 25] * 12, "categorical", 1),
    ],
)
def test_a_column_is_taken_for_what_its_values_are(write, values, kind, first):
    table = load(write(column(values, "\t")))
    (source,) = (source for source in table.sources if source.name == "c")
    assert source.kind == kind
    if first is None:
        assert table.columns == ("z",)
        assert source.remark
    else:
        assert table.features[0, 0] == np.float32(first)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", [".", ","])
def test_numbers_are_the_same_with_every_delimiter_and_decimal_mark(write, delimiter, mark):
    values = np.round(np.random.default_rng(0).normal(size=30) * 1000, 3)
    text = [f"{value:.3f}".replace(".", mark) for value in values]
    table = load(write(column(text, delimiter, quote=mark == delimiter)))
    np.testing.assert_array_equal(table.features[:, 0], values.astype(np.float32))


@pytest.mark.parametrize(("delimiter", "expected"), [(",", 12345), (";", 12.345), ("\t", 12.345)])
def test_a_comma_before_three_digits_is_decimal_unless_it_delimits_or_another_column_has_points(
    write, delimiter, expected
):
    path = write(column(["12,345", "13,456"] * 12, delimiter, quote=True))
    assert load(path).features[0, 0] == np.float32(expected)
    assert load(path, decimal=".").features[0, 0] == 12345
    assert load(path, decimal=",").features[0, 0] == np.float32(12.345)
    both = "a\tc\ty\n" + '1.5\t"12,345"\t0\n2.5\t"2,222"\t1\n' * 9
    assert load(write(both)).features[0, 1] == 12345


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "sep=;\n"])
def test_line_endings_and_what_stands_above_the_header_change_nothing(write, end, start):
    text = start + "a;note;y\n" + '1;"one\nline, or ""two"""; 0\n2;x;1\n' * 12
    table = load(write(text.replace("\n", end)))
    assert table.rows == 24
    assert table.schema[1].levels == ('one\nline, or "two"', "x")


@pytest.mark.parametrize(
    ("encoding", "given"), [("utf-16", "utf-16"), ("latin-1", "latin-1"), ("cp1252", "cp1252"), ("utf-8-sig", "utf-8")]
)
def test_an_encoding_that_is_named_is_read_and_the_error_names_it(write, encoding, given):
    text = "größe,y\nklein,0\nübel,1\n" * 1 + "klein,0\nübel,1\n" * 9
    path = write(text.encode(encoding))
    table = load(path, encoding=given)
    assert (table.columns, table.schema[0].levels) == (("größe",), ("klein", "übel"))
    if given != "utf-8":
        told = problem_of(path)
        assert "csv:1: is not UTF-8 (byte " in told
        assert told.endswith(f"set data.encoding={'utf-16' if given == 'utf-16' else 'latin-1'}")


def test_a_wrong_encoding_is_told_with_line_and_byte(write):
    path = write("a,y\n1,0\nü,1\n".encode("latin-1"))
    assert "csv:3: is not UTF-8 (byte 9 is 0xfc); set data.encoding=latin-1" in problem_of(path)
    assert "csv:3: is not ascii (byte 9: ordinal not in range(128))" in problem_of(path, encoding="ascii")


def test_a_packed_file_is_read_and_a_damaged_one_refused(write):
    text = column(["1.5", "2.5"] * 9).encode()
    assert load(write(gzip.compress(text), "t.csv.gz")).rows == 18
    assert load(write(gzip.compress(text), "t.csv")).rows == 18
    assert "is a damaged gzip file" in problem_of(write(gzip.compress(text)[:-9], "u.csv.gz"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b,y\n1,2,0\n3,1\n", "csv:3: has 2 fields, but the header has 3"),
        ("a,b,y\n1,2,0\n3,4,5,1\n", "csv:3: has 4 fields, but the header has 3"),
        ('a,b,y\n1,"x\nx",0\n3,1\n', "csv:4: has 2 fields, but the header has 3"),
        ('a,b,y\n1,x,0\n3,"y,1\n4,z,0\n', "csv:3: is not a row"),
        ('a,b,y\n1,x,0\n3,"y"z,1\n4,z,0\n', "csv:3: is not a row"),
        ("a,b,y\n1,2,0\na,b,y\n3,4,1\n", "row 2 is the header again; remove it"),
        (column([*map(str, range(30)), "x"]), "'c' has 1 non-numeric value (row 31), such as 'x', among numbers"),
        (column(["1.5", "O.5", "2.5"] + ["3"] * 20), "'c' has 1 non-numeric value (row 2), such as 'O.5'"),
        (column(["1.5", "1,5", "2.5", "3.5"] * 8, ";"), "'c' has 8 non-numeric values"),
        (column(["9" * 20, "1", "5"] * 8), "'c' has 8 too long values"),
        (
            column(["5%", "1", "5"] * 8),
            "'c' has 16 other values (rows 2, 3, 5, 6, 8, ...) than numbers with %, such as '1'",
        ),
        (column(["x"] * 9, other=False), "has no column to learn from ('c': the same value in every row)"),
        (column([f"p{row}" for row in range(30)], other=False), "('c': another value in every row)"),
    ],
)
def test_what_may_be_read_wrongly_is_refused_in_one_line(write, content, expected):
    told = problem_of(write(content))
    assert expected in told
    assert "\n" not in told


def test_an_inch_sign_in_a_word_is_read_as_it_stands(write):
    table = load(write('a,size,y\n1,5" pipe,0\n2,6" pipe,1\n'))
    assert table.schema[1].levels == ('5" pipe', '6" pipe')


def test_numbers_that_count_the_rows_are_used_where_there_is_nothing_else(write):
    table = load(write(column(range(MANY), other=False)))
    assert table.columns == ("c",)
    np.testing.assert_array_equal(table.features[:, 0], np.arange(MANY))


@pytest.mark.parametrize(
    ("wish", "values", "names", "first"),
    [
        ("categorical", ["10", "9"] * 9, ("c", "z"), 1),
        ("numeric", range(MANY), ("c", "z"), 0),
        ("boolean", ["1", "0"] * 9, ("c", "z"), 1),
        (["L", "M", "S"], ["S", "L"] * 9, ("c", "z"), 2),
        ("%d/%m/%Y", ["03/02/2020", "04/05/2021"] * 9, None, 2020),
        ("%m/%d/%Y", ["03/02/2020", "04/05/2021"] * 9, None, 2020),
    ],
)
def test_a_type_that_is_given_goes_before_what_the_values_suggest(write, wish, values, names, first):
    table = load(write(column(values)), columns={"c": wish})
    assert table.features[0, 0] == first
    assert names is None or table.columns == names
    if names is None:
        assert table.features[0, 1] == (2 if wish.startswith("%d") else 3)


def test_an_order_of_levels_is_kept(write):
    (size, _) = load(write(column(["S", "L", "M"] * 9)), columns={"c": ["S", "M", "L"]}).schema
    assert (size.levels, size.ordered) == (("S", "M", "L"), True)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"b": "numeric"}, "data.columns: "),
        ({"y": "numeric"}, "data.columns: 'y' is the target, which has no type; data.task says what it is"),
        ({"c": "numeric"}, "column 'c' has 27 non-numeric values (rows 1, 2, 3, 4, 5, ...), such as 'S'"),
        ({"c": "boolean"}, "column 'c' has 27 other values (rows 1, 2, 3, 4, 5, ...) than yes and no, such as 'S'"),
        ({"c": "date"}, "column 'c' has 27 other values (rows 1, 2, 3, 4, 5, ...) than dates like %Y-%m-%d"),
        (
            {"c": ["S", "M"]},
            "column 'c' has 9 other values (rows 2, 5, 8, 11, 14, ...) than its levels in data.columns",
        ),
    ],
)
def test_a_type_that_does_not_fit_is_refused(write, columns, expected):
    assert expected in problem_of(write(column(["S", "L", "M"] * 9)), columns=columns)


@pytest.mark.parametrize(
    ("labels", "positive"),
    [
        (["no", "yes"], "yes"),
        (["NO", "Yes"], "Yes"),
        (["true", "false"], "true"),
        (["0", "1"], "1"),
        (["-1", "1"], "1"),
        (["<=50K", ">50K"], ">50K"),
        (["positive", "negative"], "positive"),
        (["not donated", "donated"], "donated"),
        (["ill", "healthy"], "ill"),
        (["N", "Y"], "Y"),
        (["survived", "died"], "died"),
    ],
)
def test_the_positive_class_is_the_one_whose_name_says_yes_whichever_is_rarer(write, labels, positive):
    for common, rare in (labels, labels[::-1]):
        table = load(write("a,y\n" + "".join(f"{row % 3},{(common, common, rare)[row % 3]}\n" for row in range(30))))
        assert table.classes[1] == positive
        assert f"'{positive}' is the positive class, its name says so" in table.note


@pytest.mark.parametrize("labels", [("a", "b"), ("b", "a"), ("1", "2"), ("2", "1"), ("f", "m"), ("M", "F")])
def test_else_it_is_the_rarer_one(write, labels):
    common, rare = labels
    table = load(write("a,y\n" + "".join(f"{row % 3},{(common, common, rare)[row % 3]}\n" for row in range(30))))
    assert table.classes[1] == rare
    assert "the rarer one" in table.note
    assert load(write("a,y\n1,b\n2,a\n")).classes == ("a", "b")


def test_few_rows_without_a_target_are_left_out_and_counted(write):
    rows = [f"{row},{row % 2}" for row in range(100)]
    for row in (3, 50, 51, 98):
        rows[row] = f"{row},"
    table = load(write("a,y\n" + "\n".join(rows) + "\n"), columns={"a": "numeric"})
    np.testing.assert_array_equal(table.features[:, 0], np.delete(np.arange(100), [3, 50, 51, 98]))
    np.testing.assert_array_equal(table.targets, np.delete(np.arange(100) % 2, [3, 50, 51, 98]))
    assert "4 rows without a target (rows 4, 51, 52, 99) left out; rows are counted without them" in table.note
    rows[10] = "10,"
    assert "'y' has 5 missing values (rows 4, 11, 51, 52, 99): a target must be known" in problem_of(
        write("a,y\n" + "\n".join(rows) + "\n")
    )


def test_a_class_that_is_called_like_a_missing_value_is_told(write):
    text = "a,y\n" + "1,+\n2,-\n" * 20
    assert "('-' counts as missing, which data.missing changes): a target must be known" in problem_of(write(text))
    assert load(write(text), missing="NA").classes == ("-", "+")


TYPED = {
    "whole": [5, 3, None, 8] * 9,
    "decimal": pl.Series([Decimal("1.25"), None, Decimal("2.5"), Decimal("3.75")] * 9, dtype=pl.Decimal(10, 2)),
    "word": pl.Series(["u", None, "v", "u"] * 9, dtype=pl.Categorical),
    "logical": [True, None, False, True] * 9,
    "day": [date(2020, 2, 29), None, date(2021, 1, 1), date(1969, 12, 31)] * 9,
    "moment": [datetime(2020, 2, 29, 12), None, datetime(2021, 1, 1), datetime(1970, 1, 2)] * 9,
    "span": [timedelta(seconds=90), None, timedelta(days=1), timedelta(0)] * 9,
    "text": ["1.5", None, "2.5", "3.5"] * 9,
    "list": [[1], None, [2], [3]] * 9,
    "y": [0, 1, 1, 0] * 9,
}


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.feather", "stream.arrow"])
def test_files_with_types_keep_them(tmp_path, name):
    frame = pl.DataFrame(TYPED)
    if name.endswith("parquet"):
        frame.write_parquet(tmp_path / name)
    else:
        (frame.write_ipc_stream if name.startswith("stream") else frame.write_ipc)(tmp_path / name)
    table = load(tmp_path / name)
    kinds = {source.name: source.kind for source in table.sources}
    assert kinds == {
        "whole": "numeric", "decimal": "numeric", "word": "categorical", "logical": "boolean", "day": "date",
        "moment": "date", "span": "numeric", "text": "numeric", "list": "other",
    }  # fmt: skip
    first = dict(zip(table.columns, table.features[0].tolist(), strict=True))
    assert (first["whole"], first["decimal"], first["word"], first["logical"]) == (5, 1.25, 0, 1)
    assert (first["day.days"], first["moment.days"], first["span"], first["text"]) == (18321, 18321.5, 90, 1.5)
    missing = [bool(np.isnan(value)) for value in table.features[1]]
    assert missing == [column.source != "whole" for column in table.schema]
    assert np.isnan(table.features[2, 0])
    assert table.features[3, table.columns.index("day.days")] == -1


def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path):
    (tmp_path / "t.arrow").write_text("a,y\n1,0\n")
    assert "t.arrow: is not an Arrow file" in problem_of(tmp_path / "t.arrow")
    buffer = io.BytesIO()
    pl.DataFrame(TYPED).write_parquet(buffer)
    (tmp_path / "t.csv").write_bytes(buffer.getvalue())
    assert "t.csv:" in problem_of(tmp_path / "t.csv")


def test_a_data_frame_is_read_as_a_file_would_be():
    frame = pl.DataFrame({"a": [1.5, 2, None] * 8, "w": ["x", None, "y"] * 8, "y": ["no", "yes", "yes"] * 8})
    data = Data(source="patients", target="y")
    tables = [frame_table(native, data) for native in (frame, frame.to_arrow())]
    for table in tables:
        assert (table.name, table.classes, table.schema[1].levels) == ("patients", ("no", "yes"), ("x", "y"))
        np.testing.assert_array_equal(table.features[:3], np.array([[1.5, 0], [2, np.nan], [np.nan, 1]], np.float32))
    assert len({table.digest() for table in tables}) == 1
    for wrong in ({"a": [1]}, frame.lazy(), None, frame.clear()):
        with pytest.raises(StudyError, match=r"patients: (is no data frame|has no rows)"):
            frame_table(wrong, data)


def test_a_data_frame_of_pandas_is_read_too():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.5, None] * 9, "w": pandas.Categorical(["x", "y"] * 9), "y": [0, 1] * 9})
    table = frame_table(frame, Data(source="patients", target="y"))
    np.testing.assert_array_equal(table.features[:2], np.array([[1.5, 0], [np.nan, 1]], np.float32))


def test_columns_without_a_name_or_a_value_are_left_out_and_those_with_a_value_refused(write):
    lines = ["a,b,y,,", *(f"{row % 5},{row % 3},{row % 2},," for row in range(20)), ",,,,"]
    table = load(write("\n".join(lines)))
    assert (table.columns, table.rows) == (("a", "b"), 20)
    lines[4] = lines[4] + "note"
    told = problem_of(write("\n".join(lines)))
    assert told.endswith(
        "csv:1: has columns without a name (number 5); name them, or remove the lines above the names of the columns"
    )


def test_a_second_line_of_a_header_is_told_once(write):
    rows = [f"{row % 5}.5,{row % 3},p{row},{row % 2}" for row in range(8)]
    told = problem_of(write("\n".join(["a,b,c,y", "kg,cm,,", *rows])))
    assert told.endswith(
        "row 1 holds words ('kg', 'cm') in 2 columns of numbers, as a second line of a header; remove that line"
    )
    assert load(write("\n".join(["a,b,c,y", "NA,?,,1", *rows]))).rows == 9


def test_a_sum_at_the_end_is_told(write):
    rows = [f"c{row},{row % 7},{row % 2}" for row in range(30)]
    table = load(write("\n".join(["client,a,y", *rows, "Total:,999,1"])))
    assert "row 31, the last one, begins with 'Total:': remove it, if it sums up the others" in table.note
    assert "remove it" not in load(write("\n".join(["client,a,y", *rows]))).note


def test_whole_numbers_that_are_taken_for_classes_are_told_and_so_is_the_cure(write):
    points = [*range(3, 9)] * 20
    path = write("\n".join(["a,y", *(f"{row}.5,{value}" for row, value in enumerate(points))]))
    table = load(path)
    assert "6 whole numbers are taken for classes; if they are amounts, set data.task=regression" in table.note
    assert "amounts" not in load(path, task="multiclass").note
    rare = write("\n".join(["a,y", *(f"{row}.5,{value}" for row, value in enumerate([*points, 9]))]))
    with pytest.raises(StudyError, match=r"of class '9'.*; if the classes are amounts, set data\.task=regression"):
        plan_folds(load(rare), Folds(), 0)


@pytest.mark.parametrize(
    ("name", "told"), [("CRP [mg/l]", "{'CRP [mg/l]': categorical}"), ("a: b", "{'a: b': categorical}")]
)
def test_a_cure_that_names_a_column_can_be_copied_whatever_its_name_is(write, name, told):
    values = ["<0.5", *(f"{row}.25" for row in range(30))]
    path = write("\n".join([f"{name};y", *(f"{value};{row % 2}" for row, value in enumerate(values))]))
    problem = problem_of(path)
    assert problem.endswith(f"write the limit as a number, add the word to data.missing, or set data.columns={told}")
    study = load_study(None, [f"data.source={path}", "data.target=y", f"data.columns={told}"])
    assert load_table(study.data).schema[0].kind == "categorical"


def test_an_encoding_of_windows_is_told_from_latin_1(write):
    assert problem_of(write("a,y\n\u201cq\u201d,1\n".encode("cp1252"))).endswith("set data.encoding=cp1252")
