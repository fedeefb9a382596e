"""TFRecord, the container of event files: each record between its length and its checksum.

Format: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
"""

import struct
from typing import BinaryIO


def write_record(file: BinaryIO, data: bytes) -> None:
    """Append `data` as one record; raises OSError as `file` does."""
    length = struct.pack("<Q", len(data))
    file.write(length + _checksum(length) + data + _checksum(data))


def _checksum(data: bytes) -> bytes:
    """Masked CRC-32C (rotated and shifted): plain checksums of data that contains checksums are weak."""
    from google_crc32c import value as crc32c  # nothing else needs it, so a study without event files trains without

    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
