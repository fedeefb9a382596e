"""Reader of `.csv` and `.parquet` files: separators, headers, comments, missing values, and errors with their lines."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Sequence, Set
from itertools import islice
from pathlib import Path
from typing import TextIO

import polars as pl

from configs.errors import StudyError
from configs.given_files import unreadable

MISSING = ["", "NA", "N/A", "NaN", "nan", "NULL", "null", "?"]
SEPARATORS = ",;\t|"
ROW_NAMES = "__index_level_0__"
"""Name of pandas' index in a Parquet file. In a CSV file it is a first column without a name, as in R."""


def read_frame(
    path: Path, as_text: Sequence[str] = (), inputs: Sequence[str] | None = None, asked: Sequence[str] = ()
) -> pl.DataFrame:
    """The columns of a file, with unique names and at least one row.

    A CSV file is UTF-8 with a header; its separator is the one of `, ; tab |` that is most frequent in the header, or
    that a line `sep=;` above it names, as Excel writes it.
    The words of `MISSING` are missing values. Columns that are read `as_text` may hold anything, and so may a first one
    without a name, which becomes `ROW_NAMES`. If `inputs` are given, every other column of a CSV file is raw text, and
    every row counts; else blank ones at the end, which spreadsheets write, do not. `asked` are other expected columns:
    a first line with # that names none of all these is a comment if the line below it does.

    Raises:
        StudyError: the file cannot be read, or is not a table.
    """
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise StudyError([f"{path}: cannot be read; write the table as .csv or .parquet"])
    try:
        if cause := unreadable(path):
            raise StudyError([f"{path}: {cause}"])
        frame = _read_csv(path, as_text, inputs, asked) if suffix == ".csv" else _read_parquet(path)
    except OSError as error:
        raise StudyError([f"{path}: cannot be read ({error.strerror or error}); correct the path"]) from error
    if frame.height == 0:
        raise StudyError([f"{path}: has a header but no rows; a table needs some"])
    return frame


def _read_parquet(path: Path) -> pl.DataFrame:
    with path.open("rb") as file:
        try:
            return pl.read_parquet(file)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise StudyError([f"{path}: is not a Parquet file ({_first_line(error)}); write it anew"]) from error


def _read_csv(path: Path, as_text: Sequence[str], inputs: Sequence[str] | None, asked: Sequence[str]) -> pl.DataFrame:
    """Let polars infer each column from all of its values, so that one late string is not lost."""
    _check_text(path)
    separator, names, above = _read_header(path, inputs or (), {*as_text, *(inputs or ()), *asked})
    try:
        frame = pl.read_csv(
            path,
            separator=separator,
            skip_lines=above,
            new_columns=names,
            null_values=MISSING,
            schema_overrides=dict.fromkeys([*as_text, *_others(names, inputs), ROW_NAMES], pl.String),
            infer_schema_length=None,
        )
    except pl.exceptions.PolarsError as error:
        _check_widths(path, separator, len(names), above)
        raise StudyError([f"{path}: is not a CSV file ({_first_line(error)}); look for an open quote"]) from error
    if frame.to_series(-1).has_nulls():
        _check_widths(path, separator, len(names), above)
    if inputs is not None:
        text = pl.read_csv(path, separator=separator, skip_lines=above, new_columns=names, infer_schema=False)
        return frame.with_columns(text.select(_others(names, inputs)))
    filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series().arg_true()
    return frame.head(filled[-1] + 1 if len(filled) else 0)


def _others(names: Sequence[str], inputs: Sequence[str] | None) -> list[str]:
    return [] if inputs is None else [name for name in names if name not in inputs]


def _check_text(path: Path) -> None:
    """Reject a file that is not UTF-8, with the line, and an empty one."""
    decoder, line, empty = codecs.getincrementaldecoder("utf-8-sig")(), 1, True
    with path.open("rb") as file:
        while block := file.read(2**20):
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                raise StudyError([f"{path}:{line}: is not UTF-8; save the file with that encoding"]) from error
            line += text.count("\n")
            empty = empty and not text.strip()
    if empty:
        raise StudyError([f"{path}: is empty; a table needs a header and rows"])


def _read_header(path: Path, inputs: Sequence[str], wanted: Set[str]) -> tuple[str, list[str], int]:
    """Separator, column names and lines above them; rejects a header without a name for each column, or of no input."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        named = re.fullmatch(rf'"?sep=([{SEPARATORS}])"?', first.strip(" \r\n"), re.IGNORECASE)
        above = 1 if named else 0
        unquoted = re.sub(r'"[^"]*"', "", file.readline() if named else first)
        separator = named[1] if named else max(SEPARATORS, key=unquoted.count)
        file.seek(0)
        lines = islice(file, above, None)
        names = [name.strip() for name in next(csv.reader(lines, delimiter=separator), [])]
        if first.startswith("#"):
            _check_comment(path, separator, names, wanted, file)
    if names and not names[0]:
        names[0] = ROW_NAMES
    problems, place = [], f"{path}:{above + 1}"
    if not names:
        problems.append(f"{place}: is an empty line; begin with the names of the columns")
    elif len(names) < 2 and names[0] not in inputs:
        problems.append(f"{place}: has one column; separate the columns by one of , ; tab |")
    if repeated := sorted({name for name in names if names.count(name) > 1 and name}):
        problems.append(f"{place}: names a column twice ({', '.join(repeated)}); rename one")
    if nameless := [str(number) for number, name in enumerate(names, start=1) if not name]:
        problems.append(f"{place}: has columns without a name (number {', '.join(nameless)}); name or drop them")
    if names and all(re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", name, re.IGNORECASE) for name in names):
        problems.append(f"{place}: has numbers where the column names should be; add a header")
    if problems:
        raise StudyError(problems)
    return separator, names, above


def _check_comment(path: Path, separator: str, names: Sequence[str], wanted: Set[str], below: TextIO) -> None:
    """Reject a first line with # that is no header of the line below it, or a comment above the header."""
    line = next((line for line in below if not line.startswith("#")), "")
    fields = [field.strip() for field in next(csv.reader([line], delimiter=separator), [])]
    names_are_below = wanted.isdisjoint(names) and not wanted.isdisjoint(fields)
    if len(names) < 2 or len(names) != len(fields) or names_are_below:
        raise StudyError([f"{path}:1: is a comment, not the names of the columns; remove the lines that begin with #"])


def _check_widths(path: Path, separator: str, width: int, above: int) -> None:
    """Reject a line with more or fewer fields than the header; polars pads a short one silently."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(islice(file, above, None), delimiter=separator)
        for fields in reader:
            if fields and len(fields) != width:
                place = f"{path}:{above + reader.line_num}"
                raise StudyError([f"{place}: has {len(fields)} fields, but the header has {width}; correct the line"])


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
