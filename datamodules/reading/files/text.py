"""Bytes of a text file as UTF-8 with one kind of line ending: gzip, byte order marks, other encodings."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from pathlib import Path

from configs.errors import StudyError

GZIP = b"\x1f\x8b"
MARKS = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""Byte order marks of other encodings, the longer one first, since it begins with the shorter one."""
BLOCK = 2**20
FOREIGN = {
    rb"PK\x03\x04": "a zip archive or an Excel workbook; unpack it, or export the sheet as CSV",
    rb"\xd0\xcf\x11\xe0": "an Excel workbook; export the sheet as CSV",
    rb"BZh\d1AY&SY": "packed with bzip2; unpack it",
    rb"\xfd7zXZ\0": "packed with xz; unpack it",
    rb"\x28\xb5\x2f\xfd": "packed with zstd; unpack it",
    rb"PAR1[\0-\x1f]": "a Parquet file; let its name end in .parquet",
    rb"ARROW1\0": "an Arrow file; let its name end in .arrow",
    rb"\s*(?i:<!doctype html|<html[\s>])": "a web page; download the file that it shows",
    rb"version https://git-lfs\.": "a pointer of Git LFS; run git lfs pull",
}
"""How a file begins that holds no text of a table, what it is, and the cure."""
START = 64
"""Bytes of a file that tell it."""


def read_text(path: Path, encoding: str) -> bytes:
    """The content as UTF-8 without a byte order mark, every line ending (within quotes, too) a line feed.

    Raises:
        StudyError: the file is damaged, empty, or not of that encoding: with the line and the byte.
        OSError: it cannot be read.
    """
    content = _unpacked(path, path.read_bytes())
    check_start(path, content[:START])
    if codecs.lookup(encoding).name == "utf-8":
        _check_utf8(path, content)
        content = content.removeprefix(codecs.BOM_UTF8)
    else:
        content = _recoded(path, content, encoding)
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not content or content.isspace():
        raise StudyError([f"{path}: is empty; a table needs a header and rows"])
    return content


def check_start(path: Path, start: bytes) -> None:
    """Refuse a file that begins like something else than text. Raises StudyError."""
    start = start.removeprefix(codecs.BOM_UTF8)
    if told := next((told for pattern, told in FOREIGN.items() if re.match(pattern, start)), ""):
        raise StudyError([f"{path}: is {told}"])


def _unpacked(path: Path, content: bytes) -> bytes:
    if not content.startswith(GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise StudyError([f"{path}: is a damaged gzip file ({error}); copy or pack it anew"]) from error


def _check_utf8(path: Path, content: bytes) -> None:
    """Decode block by block, which keeps the memory small."""
    decoder, at, line = codecs.getincrementaldecoder("utf-8")(), 0, 1
    for start in range(0, len(content), BLOCK):
        block = content[start : start + BLOCK]
        try:
            decoder.decode(block, final=start + BLOCK >= len(content))
        except UnicodeDecodeError as error:
            wrong = at + error.start
            known = next((name for mark, name in MARKS.items() if content.startswith(mark)), _western(content))
            found = f"byte {wrong + 1} is 0x{content[wrong]:02x}"
            line = content.count(b"\n", 0, wrong) + 1
            raise StudyError([f"{path}:{line}: is not UTF-8 ({found}); set data.encoding={known}"]) from None
        at = start + len(block) - len(decoder.getstate()[0])


def _western(content: bytes) -> str:
    """`cp1252`, that of Windows, if there is a sign that latin-1 has as an invisible one; else `latin-1`."""
    return "cp1252" if re.search(rb"[\x80-\x9f]", content) else "latin-1"


def _recoded(path: Path, content: bytes, encoding: str) -> bytes:
    try:
        return content.decode(encoding).removeprefix("\ufeff").encode()
    except UnicodeError as error:
        wrong = getattr(error, "start", 0)
        line = content.count("\n".encode(encoding)[-2:].strip(b"\0") or b"\n", 0, wrong) + 1
        place, cure = f"{path}:{line}: is not {encoding}", "set data.encoding to what the file was saved with"
        raise StudyError([f"{place} (byte {wrong + 1}: {getattr(error, 'reason', error)}); {cure}"]) from None
