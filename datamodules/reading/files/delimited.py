"""Text of a delimited file as a frame of strings; a broken line is refused with its number, never padded."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

import polars as pl

from configs.errors import StudyError
from datamodules.reading.columns.words import known_words
from datamodules.reading.files.dialect import Dialect, nameless


def string_frame(path: Path, content: bytes, dialect: Dialect) -> pl.DataFrame:
    """All fields as written, one string column for each name; an empty field, and a blank line, are null.

    Columns that have neither a name nor a value, as spreadsheets write them, are left out.

    Raises:
        StudyError: a line has more or fewer fields than the header, a quote stays open, the header stands again in the
            middle, or a column has values and no name.
    """
    try:
        frame = pl.read_csv(
            content, separator=dialect.delimiter, skip_lines=dialect.above, new_columns=dialect.names,
            infer_schema=False,
        )  # fmt: skip
    except pl.exceptions.NoDataError:
        return pl.DataFrame(schema=dict.fromkeys(dialect.names, pl.String))
    except pl.exceptions.PolarsError:
        frame = _read_carefully(path, content, dialect)
    else:
        if frame.width != len(dialect.names) or frame.to_series(-1).has_nulls():
            _check_widths(path, content, dialect)
    frame = _without_nameless(path, frame, dialect.above)
    _check_header_inside(path, frame)
    return frame


def _without_nameless(path: Path, frame: pl.DataFrame, above: int) -> pl.DataFrame:
    places = [place for place, name in enumerate(frame.columns, start=1) if name == nameless(place)]
    wrong = [place for place in places if known_words(frame[nameless(place)]).count()]
    if wrong:
        told = f"{path}:{above + 1}: has columns without a name (number {_listed(wrong)})"
        raise StudyError([f"{told}; name them, or remove the lines above the names of the columns"])
    return frame.drop([nameless(place) for place in places])


def _read_carefully(path: Path, content: bytes, dialect: Dialect) -> pl.DataFrame:
    """What polars refuses, such as an inch sign in a word, by the csv module, which knows the line of a fault."""
    blank: list[str | None] = [None] * len(dialect.names)
    rows = [[field or None for field in fields] or blank for _, fields in _records(path, content, dialect)]
    return pl.DataFrame(rows, schema=dict.fromkeys(dialect.names, pl.String), orient="row")


def _records(path: Path, content: bytes, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Line and fields of each row below the header. Raises StudyError for a row of another width."""
    reader = csv.reader(StringIO(content.decode(), newline=""), delimiter=dialect.delimiter, strict=True)
    width, begun = len(dialect.names), 0
    try:
        for number, fields in enumerate(reader):
            place = f"{path}:{begun + 1}"
            if number > dialect.above:
                if fields and len(fields) != width:
                    cure = "correct the line" if len(fields) < width else "correct it, or put quotes around the field"
                    raise StudyError([f"{place}: has {len(fields)} fields, but the header has {width}; {cure}"])
                yield begun + 1, fields
            begun = reader.line_num
    except csv.Error as error:
        cause = f"{path}:{begun + 1}: is not a row ({error}): look for an open quote"
        raise StudyError([f"{cause}; close it, or double a quote that belongs to the text"]) from None


def _check_widths(path: Path, content: bytes, dialect: Dialect) -> None:
    """Reject a line with fewer fields than the header, which polars pads silently."""
    if b'"' in content or dialect.above:
        for _ in _records(path, content, dialect):
            pass
        return
    lines = pl.read_lines(content).to_series()
    found = lines.str.count_matches(dialect.delimiter, literal=True) + 1
    wrong = ((found != len(dialect.names)) & (lines != "")).arg_true()
    if len(wrong):
        place, width = f"{path}:{wrong[0] + 1}", len(dialect.names)
        raise StudyError([f"{place}: has {found[wrong[0]]} fields, but the header has {width}; correct the line"])


def _check_header_inside(path: Path, frame: pl.DataFrame) -> None:
    """Reject rows that repeat the names of the columns, as files that were joined have them."""
    names = [name for name in frame.columns if name != "__index_level_0__"]
    if len(names) < 2 or not (frame[names[0]] == names[0]).any():
        return
    same = frame.select(pl.all_horizontal(pl.col(name).str.strip_chars() == name for name in names)).to_series()
    rows = same.arg_true()
    if len(rows):
        raise StudyError([f"{path}: row {_listed([row + 1 for row in rows])} is the header again; remove it"])


def _listed(numbers: Sequence[int], shown: int = 5) -> str:
    return ", ".join(map(str, numbers[:shown])) + (", ..." if len(numbers) > shown else "")
