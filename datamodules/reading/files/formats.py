"""Reader of files with a table: delimited text, Parquet, Arrow and Feather, packed or not."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from configs.errors import StudyError
from configs.files.given_files import unreadable
from configs.files.places import FILES
from configs.sections.data import Data
from datamodules.reading.files.delimited import string_frame
from datamodules.reading.files.dialect import find_dialect
from datamodules.reading.files.text import read_text

PARQUET = "a Parquet"
BINARY = {PARQUET: (".parquet", ".pq"), "an Arrow": (".arrow", ".feather", ".ipc")}
TEXT = (".csv", ".tsv", ".txt", ".tab")


@dataclass(frozen=True, eq=False)
class RawTable:
    """Columns of a file as they stand there.

    Attributes:
        frame: text files give strings, others their own types; names are unique, and there is at least one row.
        delimiter: between the fields of a text file; None of another one.
        has_commas: whether a field may hold a comma, and so a number a decimal comma.
    """

    frame: pl.DataFrame
    delimiter: str | None = None
    has_commas: bool = True


def read_file(path: Path, data: Data, wanted: Set[str], single: bool = False) -> RawTable:
    """The columns of a file, chosen by its name: `.csv` and the like, `.parquet`, `.arrow`; `.gz` behind text.

    `wanted` are names of columns that are expected, which tell a header from a comment above it; `single` allows a text
    file of one column.

    Raises:
        StudyError: the file cannot be read, or is not a table.
    """
    kind = kind_of(path)
    try:
        if cause := unreadable(path):
            raise StudyError([f"{path}: {cause}"])
        if kind == "text":
            return table_of_text(path, read_text(path, data.encoding), data, wanted, single)
        table = RawTable(_binary(path, kind))
    except OSError as error:
        raise StudyError([f"{path}: cannot be read ({error.strerror or error}); correct the path"]) from error
    return _with_rows(path, table)


def kind_of(path: Path) -> str:
    """`text`, or what else a file's name says that it is. Raises StudyError for any other name."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(TEXT):
        return "text"
    for kind, suffixes in BINARY.items():
        if path.name.lower().endswith(suffixes):
            return kind
    raise StudyError([f"{path}: cannot be read; write the table as {FILES}"])


def _with_rows(path: Path, table: RawTable) -> RawTable:
    if table.frame.height == 0:
        raise StudyError([f"{path}: has a header but no rows; a table needs some"])
    return table


def table_of_text(path: Path, content: bytes, data: Data, wanted: Set[str], single: bool) -> RawTable:
    """The columns of a text in UTF-8; `path` is its name in messages. Raises StudyError as `read_file` does."""
    dialect = find_dialect(path, content, data.delimiter, wanted, single)
    has_commas = (b'"' if dialect.delimiter == "," else b",") in content
    return _with_rows(path, RawTable(string_frame(path, content, dialect), dialect.delimiter, has_commas))


def _binary(path: Path, kind: str) -> pl.DataFrame:
    """The frame of a Parquet or an Arrow file, read from an open file, which a pattern in its name cannot redirect."""
    with path.open("rb", buffering=0) as file:  # polars reads from the position of the descriptor
        try:
            if kind == PARQUET:
                return pl.read_parquet(file)
            is_stream = file.read(6) not in (b"ARROW1", b"FEA1")
            file.seek(0)
            return pl.read_ipc_stream(file) if is_stream else pl.read_ipc(file)
        except (pl.exceptions.PolarsError, OSError) as error:
            cause = f"is not {kind} file ({str(error).partition(chr(10))[0]})"
            raise StudyError([f"{path}: {cause}; write it anew"]) from error
