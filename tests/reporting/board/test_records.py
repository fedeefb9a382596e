"""Records of event files, beside TensorBoard's own writer."""

import io

import pytest
from tensorboard.summary.writer.record_writer import RecordWriter

from reporting.board.records import write_record


@pytest.mark.parametrize("size", [0, 1, 12, 300, 70_000])
def test_a_record_is_byte_for_byte_that_of_tensorboard(size):
    data = bytes(place * 7 % 256 for place in range(size))
    ours, theirs = io.BytesIO(), io.BytesIO()
    write_record(ours, data)
    RecordWriter(theirs).write(data)
    assert ours.getvalue() == theirs.getvalue()
