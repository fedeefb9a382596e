"""A file in pieces has the rows of the whole file, wherever a piece ends."""

import gzip

import numpy as np
import polars as pl
import pytest

from configs.errors import StudyError
from configs.sections.data import Data
from datamodules.reading.files.formats import read_file
from datamodules.reading.files.pieces import read_pieces

ROWS = "".join(f'{row},"word {row}\nand ""more"", {row}",x{row % 3}\n' for row in range(200))


@pytest.mark.parametrize("largest", [97, 500, 3000])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("start", "encoding"), [("", "utf-8"), ("\ufeff", "utf-8"), ("", "utf-16"), ("sep=,\n", "latin-1")]
)
def test_pieces_of_text_are_the_rows_of_the_file(tmp_path, largest, end, start, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes((start + "number,text,z\n" + ROWS).replace("\n", end).encode(encoding))
    data = Data(source=str(path), encoding=encoding)
    pieces = list(read_pieces(path, data, {"z"}, largest=largest))
    assert len(pieces) > 2
    whole = read_file(path, data, {"z"}).frame
    assert pl.concat([raw.frame for _, raw in pieces]).equals(whole)
    assert whole.height == 200


def test_a_packed_file_and_parquet_come_in_pieces_too(tmp_path):
    frame = pl.DataFrame({"a": np.arange(1000), "w": [f"w{row % 7}" for row in range(1000)]})
    frame.write_parquet(tmp_path / "t.parquet")
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(frame.write_csv().encode()))
    pieces = [raw.frame for _, raw in read_pieces(tmp_path / "t.parquet", Data(), set(), largest=10, rows=300)]
    assert [piece.height for piece in pieces] == [300, 300, 300, 100]
    assert pl.concat(pieces).equals(frame)
    pieces = [raw.frame for _, raw in read_pieces(tmp_path / "t.csv.gz", Data(), set(), largest=800)]
    assert len(pieces) > 2
    assert pl.concat(pieces).select(pl.col("a").cast(pl.Int64), "w").equals(frame)


def test_a_fault_is_told_with_the_rows_before_its_piece(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,2\n" * 100 + "1,2,3\n")
    with pytest.raises(StudyError, match=r"t\.csv after row \d+:\d+: has 3 fields, but the header has 2"):
        list(read_pieces(path, Data(), set(), largest=60))
    path.write_bytes(b"a,b\n" + b"1,2\n" * 100 + b"1,\xff\n")
    with pytest.raises(StudyError, match=r"t\.csv: is damaged, or of another encoding, after row \d+"):
        list(read_pieces(path, Data(), set(), largest=60))
