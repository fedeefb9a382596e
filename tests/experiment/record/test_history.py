import errno
import json
import struct

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.util.tensor_util import make_ndarray

from configs.errors import StudyError
from configs.member import Member
from evaluation.folds.names import fold_names
from experiment.record import live_events
from experiment.record.epoch_record import EpochRecord
from experiment.record.history import History, read_history
from experiment.run.framework_directory import FrameworkDirectory
from reporting.board.epoch_scalars import fold_scalars

MEMBERS = tuple(Member(0, 0, fold, 0) for fold in range(4))


def record(epoch, members=MEMBERS, active=(True, True, False, True)):
    draw = np.random.default_rng([epoch, len(members)])
    losses, scores = draw.lognormal(sigma=20, size=len(members)), draw.random(len(members))
    scores[0] = np.nan
    return EpochRecord(epoch, members, np.array(active[: len(members)]), losses, {"auroc": scores})


def records_of(path):
    """Every event of a TensorBoard file, by the format of a TFRecord: length, checksum, data, checksum."""
    content, place = path.read_bytes(), 0
    while place < len(content):
        length = struct.unpack_from("<Q", content, place)[0]
        yield Event.FromString(content[place + 12 : place + 12 + length])
        place += 16 + length


def events_of(folder):
    """`{(tag, step): (value, time)}` of the folds in every event file of `folder`; no tag may have a step twice."""
    found = {}
    for path in folder.glob("events.*"):
        for event in records_of(path):
            for value in event.summary.value:
                if not value.tag.startswith("single_folds/"):
                    continue
                assert (value.tag, event.step) not in found
                found[value.tag, event.step] = (float(make_ndarray(value.tensor)), event.wall_time)
    return found


def assert_event_files_equal_the_record(directory):
    names, expected = fold_names(MEMBERS), {}
    for line in read_history(directory.history):
        values = fold_scalars(line, names)
        expected |= {(tag, line["epoch"]): (np.float32(v), line["time"]) for tag, v in values.items()}
    assert expected
    found = events_of(directory.root)
    assert set(found) == set(expected)
    for key in expected:
        np.testing.assert_array_equal(found[key], expected[key])


@pytest.fixture
def directory(tmp_path):
    return FrameworkDirectory(tmp_path)


def test_event_files_equal_the_record(directory):
    with History(directory, MEMBERS, events=True) as history:
        for epoch in range(5):
            history.write(record(epoch))
    assert_event_files_equal_the_record(directory)


def test_a_line_has_every_digit_of_a_float32(directory):
    with History(directory, MEMBERS, events=False) as history:
        history.write(record(3))
    losses = read_history(directory.history)[0]["train_loss"]
    np.testing.assert_array_equal(np.float32(losses), np.float32(record(3).train_loss[[0, 1, 3]]))


def test_events_are_on_disk_while_the_training_goes_on(directory):
    with History(directory, MEMBERS, events=True) as history:
        history.write(record(0))
        assert_event_files_equal_the_record(directory)


def test_without_events_there_is_the_record_alone(directory):
    with History(directory, MEMBERS, events=False) as history:
        history.write(record(0))
    assert [path.name for path in directory.root.iterdir()] == ["history.jsonl"]


def test_rewinding_drops_what_came_after_an_epoch_from_record_and_event_files(directory):
    first, second = MEMBERS[:2], MEMBERS[2:]
    with History(directory, MEMBERS, events=True) as history:
        for members in (first, second):
            for epoch in range(4):
                history.write(record(epoch, members, (True, True)))
    before = read_history(directory.history)
    with History(directory, MEMBERS, events=True) as history:
        history.recall(before)
        history.rewind(second, 1)
        assert read_history(directory.history) == [*before[:4], *before[4:6]]
        assert_event_files_equal_the_record(directory)
        history.write(record(2, second, (True, True)))
    assert [(line["epoch"], line["members"][0][2]) for line in read_history(directory.history)] == [
        (0, 0), (1, 0), (2, 0), (3, 0), (0, 2), (1, 2), (2, 2),
    ]  # fmt: skip
    assert_event_files_equal_the_record(directory)


def test_rewinding_restores_the_end_that_a_killed_run_left_out_of_an_event_file(directory):
    with History(directory, MEMBERS, events=True) as history:
        for epoch in range(3):
            history.write(record(epoch))
    for path in directory.root.glob("events.*"):
        path.write_bytes(path.read_bytes()[:-5])
    with History(directory, MEMBERS, events=True) as history:
        history.recall(read_history(directory.history))
        history.rewind(MEMBERS, 2)
    assert_event_files_equal_the_record(directory)


def test_a_last_line_that_was_cut_off_is_left_out(directory):
    with History(directory, MEMBERS, events=False) as history:
        for epoch in range(3):
            history.write(record(epoch))
    text = directory.history.read_text()
    directory.history.write_text(text[:-20])
    assert [line["epoch"] for line in read_history(directory.history)] == [0, 1]
    with History(directory, MEMBERS, events=False) as history:
        history.recall(read_history(directory.history))
        history.rewind(MEMBERS, 1)
        history.write(record(2))
    assert [line["epoch"] for line in read_history(directory.history)] == [0, 1, 2]


def test_a_broken_line_before_the_last_is_an_error_with_its_place(directory):
    directory.history.write_text('{"epoch": 0}\n{"epo\n{"epoch": 2}\n')
    with pytest.raises(StudyError, match=r"history\.jsonl:2: is not JSON"):
        read_history(directory.history)


def test_no_history_is_an_empty_one(directory):
    assert read_history(directory.history) == []


def test_event_files_that_cannot_be_made_are_a_warning_and_the_record_goes_on(directory, monkeypatch):
    def refuse(path):
        raise OSError(errno.EDQUOT, "Disk quota exceeded", str(path))

    monkeypatch.setattr(live_events, "EventWriter", refuse)
    with History(directory, MEMBERS, events=True) as history:
        with pytest.warns(UserWarning, match=r"Disk quota exceeded; no more event files"):
            history.write(record(0))
        history.write(record(1))
    assert len(read_history(directory.history)) == 2


def test_a_line_is_json_for_any_reader(directory):
    with History(directory, MEMBERS, events=False) as history:
        history.write(record(0))
    json.loads(directory.history.read_text(), parse_constant=pytest.fail)


def test_a_full_disk_is_told_with_the_record_it_has_no_room_for(directory):
    history = History(directory, MEMBERS, events=False)
    history.close()
    history.file = open("/dev/full", "a")  # noqa: SIM115
    with pytest.raises(OSError, match="No space left on device") as error:
        history.write(record(0))
    assert error.value.filename == str(directory.history)
