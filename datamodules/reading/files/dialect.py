"""Delimiter and header of a text file, from the first rows.

As in clevercsv (van den Burg, Nazabal and Sutton 2019, Wrangling messy CSV files by detecting row and type patterns),
a delimiter is judged by whether the rows have the header's width, and by whether their fields look like values.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path

from configs.errors import StudyError
from datamodules.reading.names import listed, repeated

DELIMITERS = ",;\t|"
WORDS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
SAMPLED_BYTES, SAMPLED_ROWS = 2**18, 200
csv.field_size_limit(2**31 - 1)  # the module refuses a field above 128 KiB otherwise, such as one with an open quote
ROW_NAMES = "__index_level_0__"
"""Name of pandas' index in a Parquet file. In a text file it is a first column without a name, as in R."""
NUMBER = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?", re.IGNORECASE)
VALUE = re.compile(r"\s*([-+]?[\d.,:/ ]*\d[\d.,:/% T-]*(e[-+]?\d+)?|[^\W\d_]*|\?|-)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a text file is to be read.

    Attributes:
        delimiter: the character between two fields.
        names: of the columns, stripped; a first one without a name is `ROW_NAMES`, another one `nameless`.
        above: lines above the header: 1 after `sep=;`, as Excel writes it, else 0.
    """

    delimiter: str
    names: list[str]
    above: int


def find_dialect(path: Path, content: bytes, asked: str, wanted: Set[str], single: bool) -> Dialect:
    """The dialect of `content`; `asked` is `data.delimiter`, `wanted` are expected names of columns.

    A first line with # that names none of them is a comment if the line below it does. A table of one column is one
    only if `single`.

    Raises:
        StudyError: there is no header, or it does not name every column once.
    """
    sample = content[: max(SAMPLED_BYTES, content.find(b"\n", SAMPLED_BYTES))].decode(errors="ignore")
    first = sample.partition("\n")[0]
    named = re.fullmatch(rf'"?sep=([{DELIMITERS}])"?', first.strip(), re.IGNORECASE)
    above = 1 if named else 0
    lines = sample.split("\n", above)[-1]
    delimiter = WORDS.get(asked, asked)
    if asked == "auto":
        delimiter = named[1] if named else _likely(lines)
    names = [name.strip() for name in next(_rows(lines, delimiter), [])]
    if first.startswith("#"):
        _check_comment(path, delimiter, names, wanted, lines)
    if names and not names[0] and len(names) > 1:
        names[0] = ROW_NAMES
    names = [name or nameless(place) for place, name in enumerate(names, start=1)]
    if problems := _problems(names, single):
        raise StudyError([f"{path}:{above + 1}: {problem}" for problem in problems])
    return Dialect(delimiter, names, above)


def nameless(place: int) -> str:
    """Stands for the name of a column at `place`, counted from 1, that has none; no stripped name is that."""
    return f"\n{place}"


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(StringIO(text, newline=""), delimiter=delimiter)


def _likely(text: str) -> str:
    """The delimiter with which most rows are as wide as the header, then most fields look like a value.

    Ties go to the one that is most frequent in the header.
    """
    return max(DELIMITERS, key=lambda delimiter: _score(text, delimiter))


def _score(text: str, delimiter: str) -> tuple[float, float, int]:
    rows: list[list[str]] = []
    try:
        rows += islice(_rows(text, delimiter), SAMPLED_ROWS)
    except csv.Error:
        return (0.0, 0.0, 0)
    rows = [row for row in rows if row]
    if not rows or len(rows[0]) < 2:
        return (0.0, 0.0, 0)
    width, below = len(rows[0]), rows[1:] or rows
    fitting = sum(len(row) == width for row in below) / len(below)
    fields = [field for row in below for field in row]
    values = sum(VALUE.fullmatch(field) is not None for field in fields) / max(1, len(fields))
    return (round(fitting, 1), round(values, 1), width)


def _problems(names: Sequence[str], single: bool) -> list[str]:
    """What is wrong with a header."""
    problems = []
    if not names:
        problems.append("is an empty line; begin with the names of the columns")
    elif len(names) < 2 and not single:
        problems.append("has one column; separate the columns by one of , ; tab |")
    if twice := repeated(names):
        problems.append(f"names a column twice ({listed(twice)}); rename one")
    if names and all(NUMBER.fullmatch(name) for name in names if not name.startswith("\n")):
        problems.append("has numbers where the column names should be; add a header")
    return problems


def _check_comment(path: Path, delimiter: str, names: Sequence[str], wanted: Set[str], text: str) -> None:
    """Reject a first line with # that is no header of the line below it, or a comment above the header."""
    line = next((line for line in text.split("\n")[1:] if not line.startswith("#")), "")
    below = {found: [field.strip() for field in next(_rows(line, found), [])] for found in {delimiter, _likely(line)}}
    names_are_below = wanted.isdisjoint(names) and any(not wanted.isdisjoint(fields) for fields in below.values())
    if len(names) < 2 or len(names) != len(below[delimiter]) or names_are_below:
        raise StudyError([f"{path}:1: is a comment, not the names of the columns; remove the lines that begin with #"])
