"""Tables as public data sets are downloaded: each value is the one that the file has, or one line says why not."""

import gzip
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from configs.errors import StudyError
from configs.sections.data import Data
from configs.sections.inputs import Inputs
from datamodules.reading.loading import load_table
from datamodules.reading.unseen import read_unseen
from datamodules.schema import all_numeric


def load(path, target="y", **data):
    return load_table(Data(source=str(path), target=target, **data))


def problem_of(path, target="y", **data):
    with pytest.raises(StudyError) as caught:
        load(path, target, **data)
    (told,) = caught.value.problems
    assert "\n" not in told
    return told


def unseen(path, schema, formats=None):
    """New rows as one piece."""
    (found,) = read_unseen(Path(path), schema, Inputs(), Data(), formats)
    return found


def kinds(table):
    return {source.name: source.kind for source in table.sources}


def words(table, name):
    """The words of a categorical column, None for a missing one."""
    place = table.columns.index(name)
    codes = table.features[:, place]
    return [None if np.isnan(code) else table.schema[place].levels[int(code)] for code in codes]


ADULT = """age, workclass, fnlwgt, education, sex, hours, native, income
39, State-gov, 77516, Bachelors, Male, 40, United-States, <=50K
50, ?, 83311, Bachelors, Male, 13, ?, <=50K
38, Private, 215646, HS-grad, Male, 40, United-States, <=50K
53, Private, 234721, 11th, Male, 40, United-States, >50K
28, Private, 338409, Bachelors, Female, 40, Cuba, >50K
37, Private, 284582, Masters, Female, 40, United-States, <=50K
"""


def test_the_census_has_blanks_after_its_commas_and_question_marks(write):
    table = load(write(ADULT * 1), "income")
    assert table.classes == ("<=50K", ">50K")
    np.testing.assert_array_equal(table.targets, [0, 0, 0, 1, 1, 0])
    assert words(table, "workclass") == ["State-gov", None, "Private", "Private", "Private", "Private"]
    assert words(table, "native") == ["United-States", None, *["United-States"] * 2, "Cuba", "United-States"]
    np.testing.assert_array_equal(table.features[:, table.columns.index("fnlwgt")][:2], [77516, 83311])
    assert "'?' (2 rows) in 'workclass', 'native' counts as missing" in table.note


PASSENGERS = [
    ('"Braund, Mr. Owen Harris"', "male", "22", "A/5 21171", "7.25", "", "S"),
    ('"Cumings, Mrs. John Bradley (Florence Briggs Thayer)"', "female", "38", "PC 17599", "71.2833", "C85", "C"),
    ('"O\'Dwyer, Miss. Ellen ""Nellie"""', "female", "", "330959", "7.8792", "", "Q"),
]


def test_the_passengers_of_the_titanic_have_names_with_commas_and_tickets_that_repeat(write):
    lines = ["PassengerId,Survived,Name,Sex,Age,Ticket,Fare,Cabin,Embarked"]
    for row in range(60):
        name, sex, age, ticket, fare, cabin, port = PASSENGERS[row % 3]
        lines.append(
            f'{row + 1},{int(sex == "female")},{name[:-1]} {row}",{sex},{age},{ticket}{row // 2},{fare},{cabin},{port}'
        )
    table = load(write("\r\n".join(lines)), "Survived")
    assert kinds(table) == {
        "PassengerId": "identifier", "Name": "identifier", "Sex": "categorical", "Age": "numeric",
        "Ticket": "identifier", "Fare": "numeric", "Cabin": "categorical", "Embarked": "categorical",
    }  # fmt: skip
    np.testing.assert_array_equal(table.features[:3, table.columns.index("Age")], [22, 38, np.nan])
    assert words(table, "Cabin")[:3] == [None, "C85", None]
    assert table.classes == ("0", "1")


def test_wine_has_semicolons_and_quotes_around_its_names(write):
    lines = ['"fixed acidity";"free sulfur dioxide";"quality"']
    lines += [f"{7 + row % 9 / 10};{11 + row % 5};{5 + row % 3}" for row in range(60)]
    table = load(write("\n".join(lines)), "quality")
    assert (table.columns, table.classes) == (("fixed acidity", "free sulfur dioxide"), ("5", "6", "7"))
    np.testing.assert_array_equal(table.features[:2], np.array([[7, 11], [7.1, 12]], np.float32))


@pytest.mark.parametrize(
    "text",
    [
        "mpg  cylinders  weight  name\n18.0   8   3504.  chevelle\n15.0   8   3693.  skylark\n",
        "A11 6 A34 A43 1169 A65 2\nA12 48 A32 A43 5951 A61 1\n",
    ],
)
def test_columns_that_blanks_separate_are_one_line_with_the_cure(write, text):
    assert problem_of(write(text), "mpg").endswith("csv:1: has one column; separate the columns by one of , ; tab |")


def test_a_file_without_a_header_is_told_by_the_names_that_it_seems_to_have(write):
    told = problem_of(write("A11,6,A34,1169,2\nA12,48,A32,5951,1\n"), "risk")
    assert told.endswith("has no column 'risk' (columns: A11, 6, A34, 1169, 2)")


def test_excel_in_germany_writes_a_mark_a_separator_and_decimal_commas(write):
    lines = [
        "sep=;",
        "Gr\u00f6\u00dfe;Preis;Anteil;Kauf",
        *(f"{row % 9},5;1.{row:03d},50 \u20ac;{row}%;{'ja' if row % 3 else 'nein'}" for row in range(30)),
    ]
    table = load(write("\ufeff" + "\r\n".join(lines) + "\r\n"), "Kauf")
    assert (table.columns, table.classes) == (("Gr\u00f6\u00dfe", "Preis", "Anteil"), ("nein", "ja"))
    np.testing.assert_array_equal(table.features[7], np.array([7.5, 1007.5, 0.07], np.float32))
    assert "currency signs in 'Preis' (as in 1.000,50 \u20ac)" in table.note


@pytest.mark.parametrize(
    ("written", "values"),
    [
        (["$1,200.50", "$999", "-$5.25"], [1200.5, 999, -5.25]),
        (["\u20ac 5", "\u20ac10", "\u20ac1 000"], [5, 10, 1000]),
        (["5 \u00a3", "6.5\u00a3", "0"], [5, 6.5, 0]),
        (["\u22125.5", "\u22121e\u22123", "7"], [-5.5, -0.001, 7]),
        (["12 %", "0", "\u22123.5%"], [0.12, 0, -0.035]),
    ],
)
def test_signs_of_money_and_of_typesetting_are_read(write, written, values):
    rows = [f"{one}\t{row % 2}" for row, one in enumerate(written * 9)]
    table = load(write("\n".join(["c\ty", *rows])))
    np.testing.assert_allclose(table.features[:3, 0], np.array(values, np.float32), rtol=1e-7)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            ["$5", "\u20ac5", "$6"],
            "'c' has 9 other values (rows 2, 5, 8, 11, 14, ...) than numbers with $, such as '\u20ac5'",
        ),
        (["$5", "5", "$6"], "'c' has 9 other values (rows 2, 5, 8, 11, 14, ...) than numbers with $, such as '5'"),
        (["5%", "$5", "7%"], "'c' has 9 other values (rows 2, 5, 8, 11, 14, ...) than numbers with %, such as '$5'"),
    ],
)
def test_amounts_in_two_units_are_refused(write, written, told):
    rows = [f"{one}\t{row % 5}\t{row % 2}" for row, one in enumerate(written * 9)]
    found = problem_of(write("\n".join(["c\tz\ty", *rows])))
    assert told in found
    assert found.endswith(": write all of them alike")


def test_a_word_with_two_signs_is_no_number(write):
    rows = [f"{one}\t{row % 2}" for row, one in enumerate(["$5%", "$6%", "$7%"] * 9)]
    table = load(write("\n".join(["c\ty", *rows])))
    assert kinds(table) == {"c": "categorical"}
    assert words(table, "c")[:3] == ["$5%", "$6%", "$7%"]


def test_how_the_target_is_written_is_told_too(write):
    rows = [f"{row % 7},{row * 3 % 11}.5%" for row in range(40)]
    table = load(write("\n".join(["a,y", *rows])))
    np.testing.assert_allclose(table.targets[:2], [0.005, 0.035], rtol=1e-6)
    assert "percent signs in 'y' (0.5% is a hundredth)" in table.note


@pytest.mark.parametrize(
    ("trained", "new", "told"),
    [
        ("50%", "0.5", "than numbers with %, as training had them, such as '0.5': write all of them alike"),
        ("0.5", "50%", "than numbers without a sign, as training had them, such as '50%': write all of them alike"),
        ("$50", "\u20ac50", "than numbers with $, as training had them, such as '\u20ac50': write all of them alike"),
    ],
)
def test_new_numbers_have_the_sign_of_those_of_the_training(write, trained, new, told):
    table = load(
        write(
            "\n".join(
                ["c,y", *(f"{one},{row % 2}" for row, one in enumerate([trained, trained.replace("5", "7")] * 9))]
            )
        )
    )
    formats = {source.name: source.format for source in table.sources}
    path = write(f"c\n{new}\n", "new.csv")
    with pytest.raises(StudyError) as caught:
        unseen(path, table.schema, formats)
    assert caught.value.problems == [f"{path}: column 'c' has 1 other value (row 1) {told}"]
    found = unseen(write(f"c\n{trained}\n", "new.csv"), table.schema, formats)
    np.testing.assert_array_equal(found.features, table.features[:1])


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_moment_is_the_same_in_every_time_zone_and_kind_of_file(tmp_path, name):
    first = datetime(2020, 1, 5, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    frame = pl.DataFrame({"seen": [first + timedelta(hours=5 * row) for row in range(30)], "x": range(0, 60, 2)})
    frame = frame.with_columns(pl.col("seen").dt.convert_time_zone("Europe/Berlin"), y=pl.int_range(30) % 2)
    (frame.write_csv if name.endswith("csv") else frame.write_parquet)(tmp_path / name)
    table = load(tmp_path / name)
    expected = (first.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(days=1)
    assert table.features[0, table.columns.index("seen.days")] == np.float32(expected)
    assert table.features[0, table.columns.index("seen.day_of_week")] == 6  # a Saturday in UTC


@pytest.mark.parametrize(
    ("values", "kind", "told"),
    [
        (["03.04.2020", "04/13/2020"], "categorical", "2 levels"),
        (
            [
                f"{row % 28 + 1}.{row % 12 + 1}.2020" if row % 2 else f"{row % 12 + 1}/{row % 28 + 1}/2020"
                for row in range(24)
            ],
            "text",
            "dates like %d.%m.%Y but for 12 of 24 different ones",
        ),
        (["0", "1", "2"], "numeric", ""),
        (["02139", "10001", "00501"], "categorical", "3 levels: 00501, 02139, 10001"),
        (["12:30", "08:15", "12:30"], "categorical", "2 levels"),
        (["\u2764\ufe0f", "\u05e9\u05dc\u05d5\u05dd", "caf\u00e9"], "categorical", "3 levels"),
        (["a" * 100_000, "b", "c"], "categorical", "3 levels"),
    ],
)
def test_what_has_no_single_meaning_is_words_and_told(write, values, kind, told):
    rows = [f"{values[row % len(values)]}\t{row % 7}\t{row % 2}" for row in range(24)]
    table = load(write("\n".join(["c\tz\ty", *rows])))
    (source,) = [source for source in table.sources if source.name == "c"]
    assert source.kind == kind
    assert told in source.remark
    if kind == "categorical":
        assert words(table, "c") == [values[row % len(values)] for row in range(24)]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["a,b,y", *["1,2,0,", "3,4,1,"] * 9], "csv:2: has 4 fields, but the header has 3"),
        (["a,b,y", *["1,2,0", "3,4,1"] * 9, "Source: the registry"], "csv:20: has 1 fields, but the header has 3"),
        (["Table 1: patients,,", "a,b,y", *["1,2,0", "3,4,1"] * 9], "csv:1: has columns without a name (number 2, 3)"),
        (["a,y", *["1,no", "2,yes"] * 9, "a,y", *["1,no", "2,yes"] * 9], "row 19 is the header again; remove it"),
        (["a,y", *["1,0", "2,0"] * 9], "column 'y' has the same value in every row: there is nothing to learn"),
        (["y", *["1", "0"] * 9], "csv:1: has one column"),
    ],
)
def test_what_people_do_to_files_is_one_line(write, lines, told):
    assert told in problem_of(write("\n".join(lines)))


def test_names_of_columns_may_hold_anything(write):
    names = [
        "CRP [mg/l]",
        "model.net",
        "{a: b}",
        "\U0001f600",
        "\u05de\u05d7\u05dc\u05d4",
        "yes",
        "a=b",
        "#x",
        "no, not",
    ]
    header = ",".join(f'"{name}"' for name in ["first", *names])
    rows = [",".join(str((row * place) % 13) for place in range(1, len(names) + 2)) for row in range(40)]
    for target in names:
        table = load(write("\n".join([header, *rows])), target, task="regression")
        assert table.columns == tuple(name for name in ["first", *names] if name != target)
        place = names.index(target) + 2
        np.testing.assert_array_equal(table.targets, [row * place % 13 for row in range(40)])


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<!DOCTYPE html>\n<html lang=en>", "is a web page; download the file that it shows"),
        (b"\n<HTML>\n", "is a web page; download the file that it shows"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "is a pointer of Git LFS; run git lfs pull"),
        (b"BZh91AY&SY\x00\x01", "is packed with bzip2; unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Excel workbook; export the sheet as CSV"),
        (b"PAR1\x15\x04\x15", "is a Parquet file; let its name end in .parquet"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(write, tmp_path, content, told, packed):
    path = write(gzip.compress(content) if packed else content)
    assert problem_of(path) == f"{path}: {told}"
    with pytest.raises(StudyError, match=told):
        unseen(path, all_numeric(["a"]))


def test_an_excel_workbook_is_one_line_whatever_it_is_called(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.csv", "w") as file:
        file.writestr("xl/workbook.xml", "<workbook/>")
    assert problem_of(tmp_path / "t.csv").endswith(
        "is a zip archive or an Excel workbook; unpack it, or export the sheet as CSV"
    )
    (tmp_path / "t.csv").rename(tmp_path / "t.xlsx")
    assert problem_of(tmp_path / "t.xlsx").endswith("write the table as .csv, .tsv, .parquet or .arrow")


@pytest.mark.parametrize("header", ["PAR1,BZh91,y", "ARROW1,PK,y", "version,html,y"])
def test_a_column_may_be_called_like_the_beginning_of_another_kind_of_file(write, header):
    assert load(write("\n".join([header, *["1,2,0", "2,1,1"] * 3]))).rows == 6


def test_missing_values_are_counted_in_the_rows_that_are_kept(write):
    rows = [
        f"{'' if row in (1, 2, 50) else row % 9},{'' if row == 50 else 'ab'[row % 2]},{row % 2}" for row in range(100)
    ]
    rows[50], rows[51] = rows[50][:-1], rows[51][:-1]
    table = load(write("\n".join(["a,b,y", *rows])))
    assert table.rows == 98
    assert {source.name: source.missing for source in table.sources} == {"a": 2, "b": 0}
    assert np.isnan(table.features).sum(axis=0).tolist() == [2, 0]


def test_a_table_with_more_columns_than_rows_is_read_by_its_names(write):
    generator = np.random.default_rng(0)
    values = np.round(generator.normal(size=(12, 1500)), 3)
    header = ",".join([*(f"gene{place}" for place in range(1500)), "y"])
    table = load(
        write("\n".join([header, *(",".join([*map(str, one), str(row % 2)]) for row, one in enumerate(values))]))
    )
    np.testing.assert_array_equal(table.features, values.astype(np.float32))
    lines = [header, *(",".join([*map(str, one), ""]) for one in values[::-1])]
    found = unseen(write("\n".join(lines), "new.csv"), table.schema)
    np.testing.assert_array_equal(found.features, values[::-1].astype(np.float32))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            [f"{row % 24:02d}:{row % 60:02d}" for row in range(60)],
            "times, as in '00:00'; write numbers, such as minutes",
        ),
        ([f"{row + 40}.5 kg" for row in range(60)], "numbers with a unit, as in '40.5 kg'; write the numbers alone"),
        (
            ["0000-00-00", *(f"2020-{row % 12 + 1:02d}-{row % 28 + 1:02d}" for row in range(59))],
            "dates like %Y-%m-%d but for 1 of 60 different ones, such as '0000-00-00'; write them alike, "
            "or add words to data.missing",
        ),
        (
            [f"{row % 28 + 1}.{row % 12 + 1}.2020" if row % 3 else f"2020-01-{row % 28 + 1:02d}" for row in range(60)],
            "dates like %d.%m.%Y but for 20 of 60 different ones, such as '2020-01-01'; write them alike, "
            "or add words to data.missing",
        ),
    ],
)
def test_what_is_nearly_a_number_or_a_date_is_left_out_with_the_cure(write, values, told):
    rows = [f"{one}\t{row % 7}\t{row % 2}" for row, one in enumerate(values)]
    table = load(write("\n".join(["c\tz\ty", *rows])))
    (source,) = [source for source in table.sources if source.name == "c"]
    assert (source.kind, source.remark, source.distinct) == ("text", told, 0)


def test_a_moment_may_end_with_utc(write):
    rows = [f"2020-0{row % 9 + 1}-05 06:00:00 UTC,{row % 7},{row % 2}" for row in range(40)]
    table = load(write("\n".join(["seen,z,y", *rows])))
    assert table.features[0, table.columns.index("seen.days")] == 18266.25


def test_a_decimal_mark_that_only_the_target_tells_holds_for_new_rows_too(write):
    table = load(write("\n".join(["n;y", *(f"1.{row:03d};{row % 7},5" for row in range(40))])))
    np.testing.assert_array_equal(table.features[:3, 0], [1000, 1001, 1002])
    formats = {source.name: source.format for source in table.sources}
    for text, value in (("n\n1.234\n", 1234), ('n\n"1.234,5"\n', 1234.5), ("n\n1234.5\n", 1234.5)):
        assert unseen(write(text, "new.csv"), table.schema, formats).features == [[value]]
