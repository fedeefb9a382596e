import math

import pytest
import yaml

from configs.loading.yaml_data import dump, parse

TWO = "a second document begins here: one file is one study; remove it, or give it a file of its own"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001), ("1.5E+2", 150.0), (".5", 0.5), ("-3", -3), ("+3", 3), ("010", 10), ("-0.0", -0.0),
        ("true", True), ("FALSE", False), ("~", None), ("", None), ("null", None), (".inf", math.inf),
        ("-.INF", -math.inf), ("no", "no"), ("on", "on"), ("1:30", "1:30"), ("2024-01-01", "2024-01-01"),
        ("0x1f", "0x1f"), ("1_000", "1_000"), ("'1'", "1"), ("1e", "1e"), ("nan", "nan"), ("'true'", "true"),
        ("<<", "<<"), ("[a, 1]", ["a", 1]),
    ],
)  # fmt: skip
def test_a_value_is_read_as_the_core_schema_of_yaml_1_2_says(text, value):
    read = parse(text)
    assert (read.data, type(read.data), read.problems) == (value, type(value), [])


def test_what_is_no_finite_number_is_read_as_what_it_is_for_the_schema_to_refuse():
    assert math.isnan(parse(".nan").data)
    assert parse("9" * 5000).data == math.inf


@pytest.mark.parametrize("text", ["---\nseed: 1", "# one\n---\nseed: 1\n...\n", "%YAML 1.2\n---\nseed: 1\n"])
def test_one_document_may_say_where_it_begins_and_ends(text):
    assert (parse(text).data, parse(text).problems) == ({"seed": 1}, [])


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "---\n...\n"])
def test_an_empty_document_is_nothing(text):
    assert (parse(text).data, parse(text).problems) == (None, [])


def test_a_byte_order_mark_is_no_part_of_the_first_key():
    assert parse("\ufeffseed: 1").data == {"seed": 1}


@pytest.mark.parametrize(
    "text", ["seed: 3\nmodel: {hidden: [64, 32], x: relu}\nnote: 'a: b'\n", "a: [1.0e-3, null, true]"]
)
def test_ordinary_yaml_is_read_like_pyyaml_reads_it(text):
    assert parse(text).data == yaml.safe_load(text)


def test_what_is_dumped_reads_back_equal():
    texts = ["1e-3", "no", "true", "1", "", "~", ".inf", "2024-01-01", "a: b", "# x", "é", "<<", "0o7", "x\ny", " x"]
    data = {"texts": texts, "numbers": [1e-8, 1e300, -0.0, 10**200, 0.1 + 0.2], "others": [None, True, {}, []]}
    assert parse(dump(data)).data == data


def test_every_place_knows_the_line_at_which_it_begins():
    lines = parse("a: 1\nb:\n  c: [1,\n    2]\n  d: x\n").lines
    assert {place: lines[place] for place in lines if place} == {
        ("a",): 1, ("b",): 2, ("b", "c"): 3, ("b", "c", 0): 3, ("b", "c", 1): 4, ("b", "d"): 5
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: 1\nb: *x", 2, "alias *x is refused: write the value out"),
        ("a: &x [*x]", 1, "alias *x is refused: write the value out"),
        ("a: !!set {b}", 1, "tag tag:yaml.org,2002:set is refused: a study is data, never code"),
        ("a: 1\nb: !Mine {c: 1}", 2, "tag !Mine is refused: a study is data, never code"),
        ("a: 1\nb: 2\na: 3", 3, "key 'a' is there twice, first in line 1; remove one"),
        ("? [a]\n: b", 1, "a key must be a single name; quote it if it has brackets"),
        ("a: 1\nb: \x07", 2, "character '\\x07' does not belong into a text; remove it"),
        ("[" * 5000, 1, "brackets are nested too deeply; a study has three levels"),
        ("a:\n\t- b", 2, "found character '\\t' that cannot start any token; write 'key: value', indent with spaces, "
         "close every bracket and quote"),
        ("a: 1\n---\nb: 2", 2, TWO),
        ("# one\n---\na: 1\n\n---\nb: 2\n---\nc: 3", 5, TWO),
        ("---\na: 1\n---\n", 3, TWO),
        ("a: 1\n...\n---\n", 3, TWO),
    ],
)  # fmt: skip
def test_what_no_study_needs_is_refused_with_its_line(text, line, problem):
    assert parse(text).problems == [(line, problem)]


def test_the_first_of_two_equal_keys_is_kept_so_that_the_rest_is_still_checked():
    assert parse("a: 1\na: 2\nb: 3").data == {"a": 1, "b": 3}
