"""A file of any size in pieces of whole rows, each read as a small file would be."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Set
from io import StringIO, TextIOWrapper
from pathlib import Path

import polars as pl
import pyarrow.parquet

from configs.errors import StudyError
from configs.sections.data import Data
from datamodules.reading.files.formats import PARQUET, RawTable, kind_of, read_file, table_of_text
from datamodules.reading.files.text import GZIP, START, check_start

LARGEST = 2**25
"""Bytes of a file that is read at once, and characters of a piece of a larger text file."""
PACKED = 10
ROWS = 500_000
"""Rows of a piece of a larger Parquet file."""


def read_pieces(
    path: Path, data: Data, wanted: Set[str], single: bool = False, largest: int = LARGEST, rows: int = ROWS
) -> Iterator[tuple[str, RawTable]]:
    """The file's rows in order, and the name of each piece in messages; a small file is one piece.

    Raises:
        StudyError: as `read_file`, but for a piece when it is its turn.
    """
    kind = kind_of(path)
    try:
        size = path.stat().st_size if path.is_file() else 0
        start = _start(path) if size else b""
        is_packed = start.startswith(GZIP)
        if kind == "text" and size > (largest // PACKED if is_packed else largest):
            check_start(path, start)
            yield from _text_pieces(path, data, wanted, single, largest, is_packed)
        elif kind == PARQUET and size > largest:
            yield from _row_groups(path, rows)
        else:
            yield str(path), read_file(path, data, wanted, single)
    except OSError as error:
        raise StudyError([f"{path}: cannot be read ({error.strerror or error}); correct the path"]) from error


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(START)


def _text_pieces(
    path: Path, data: Data, wanted: Set[str], single: bool, largest: int, is_packed: bool
) -> Iterator[tuple[str, RawTable]]:
    encoding = "utf-8-sig" if data.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else data.encoding
    with gzip.open(path, "rb") if is_packed else path.open("rb") as binary:
        file = TextIOWrapper(binary, encoding=encoding, newline=None)
        rest, header, done = "", "", 0
        while block := _block(path, file, largest, done):
            text = rest + block
            cut = _end_of_rows(text)
            rest, text = text[cut:], text[:cut]
            if text.strip():
                place = _place(path, done)
                raw = table_of_text(Path(place), (header + text).encode(), data, wanted, single)
                header = header or _header(text, raw.delimiter or ",")
                done += raw.frame.height
                yield place, raw
        if rest.strip():
            place = _place(path, done)
            yield place, table_of_text(Path(place), (header + rest).encode(), data, wanted, single)


def _block(path: Path, file: TextIOWrapper, largest: int, done: int) -> str:
    try:
        return file.read(largest)
    except (UnicodeError, EOFError, gzip.BadGzipFile) as error:
        cure = "set data.encoding to what it was saved with, or copy it anew"
        raise StudyError(
            [f"{path}: is damaged, or of another encoding, after row {done:,} ({error}); {cure}"]
        ) from None


def _end_of_rows(text: str) -> int:
    """Place behind the last line ending that is not within quotes; 0 without one."""
    quotes, end = text.count('"'), len(text)
    while (cut := text.rfind("\n", 0, end)) >= 0:
        quotes -= text.count('"', cut, end)
        if quotes % 2 == 0:
            return cut + 1
        end = cut
    return 0


def _header(text: str, delimiter: str) -> str:
    """The lines of the header, the one of `sep=` included."""
    above = 1 if text[:5].lower().lstrip('"').startswith("sep=") else 0
    lines = text.split("\n", above)
    reader = csv.reader(StringIO(lines[-1], newline=""), delimiter=delimiter)
    next(reader)
    return "\n".join(text.split("\n")[: above + reader.line_num]) + "\n"


def _place(path: Path, done: int) -> str:
    return f"{path} after row {done:,}" if done else str(path)


def _row_groups(path: Path, rows: int) -> Iterator[tuple[str, RawTable]]:
    done = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=rows):
                frame = pl.DataFrame(pl.from_arrow(batch))
                yield _place(path, done), RawTable(frame)
                done += frame.height
    except pyarrow.ArrowException as error:
        raise StudyError(
            [f"{path}: is not a Parquet file ({str(error).partition(chr(10))[0]}); write it anew"]
        ) from None
