"""What is seen while the training goes on, and that it is what the end of it will show."""

import numpy as np
import pytest
from boards import read, scalars

from configs.member import Member
from experiment.record import live_events
from experiment.record.epoch_record import EpochRecord
from experiment.record.history import History, read_history
from experiment.run.framework_directory import FrameworkDirectory
from reporting.board.epoch_scalars import spread_scalars

MEMBERS = tuple(Member(0, 0, fold, 0) for fold in range(4))


def record(epoch, members=MEMBERS, active=None):
    draw = np.random.default_rng([epoch, members[0].fold])
    active = np.ones(len(members), bool) if active is None else np.array(active)
    return EpochRecord(epoch, members, active, draw.random(len(members)), {"loss": draw.random(len(members))})


def spreads_of(lines):
    """Median, quartiles and folds of every epoch over all stacks."""
    epochs = sorted({line["epoch"] for line in lines})
    return {epoch: spread_scalars([line for line in lines if line["epoch"] == epoch]) for epoch in epochs}


def shown_in(directory):
    return scalars(read(directory.root))


def steps_of(shown, fold):
    """Epochs that are shown of a fold, which are those of all its curves."""
    [steps] = {tuple(values) for tag, values in shown.items() if tag.endswith(f"/fold_{fold:02d}")}
    return set(steps)


def assert_spread_is(directory, expected):
    shown = {tag: steps for tag, steps in shown_in(directory).items() if not tag.startswith("single_folds/")}
    found = {epoch: {tag: steps[epoch] for tag, steps in shown.items() if epoch in steps} for epoch in expected}
    for epoch, values in expected.items():
        assert found[epoch] == pytest.approx(values, rel=1e-6)
    assert {step for steps in shown.values() for step in steps} == set(expected)


@pytest.fixture
def directory(tmp_path):
    return FrameworkDirectory(tmp_path)


def test_short_epochs_are_shown_now_and_then_and_the_last_of_every_fold_always(directory, monkeypatch):
    monkeypatch.setattr(live_events, "INTERVAL", 3600.0)
    with History(directory, MEMBERS, events=True) as history:
        for epoch in range(6):
            history.write(record(epoch, active=[True, True, epoch < 3, True]))
    shown = shown_in(directory)
    assert [steps_of(shown, fold) for fold in range(4)] == [{0, 2, 5}, {0, 2, 5}, {0, 2}, {0, 2, 5}]
    assert len(read_history(directory.history)) == 6


def test_the_last_epoch_of_a_stack_is_shown_after_the_next_one_has_begun(directory, monkeypatch):
    monkeypatch.setattr(live_events, "INTERVAL", 3600.0)
    with History(directory, MEMBERS, events=True) as history:
        for members in (MEMBERS[:2], MEMBERS[2:]):
            history.rewind(members, -1)
            for epoch in range(4):
                history.write(record(epoch, members))
    shown = shown_in(directory)
    assert [steps_of(shown, fold) for fold in range(4)] == [{0, 3}] * 4


def test_a_running_training_has_one_directory_and_its_charts(directory):
    with History(directory, MEMBERS, events=True) as history:
        history.rewind(MEMBERS, -1)
        history.write(record(0))
        history.write(record(1, active=[True, False, True, True]))
        assert_spread_is(directory, spreads_of(read_history(directory.history)))
        assert read(directory.root)["custom_scalars__config__"][0] == "custom_scalars"
    assert [len(list(directory.root.glob("events.*"))), len(list(directory.root.rglob("events.*")))] == [1, 1]


def test_the_median_of_a_second_stack_is_that_of_both(directory):
    first, second = MEMBERS[:2], MEMBERS[2:]
    with History(directory, MEMBERS, events=True) as history:
        for members, epochs in ((first, 3), (second, 5)):
            history.rewind(members, -1)
            for epoch in range(epochs):
                history.write(record(epoch, members))
    assert_spread_is(directory, spreads_of(read_history(directory.history)))


def test_a_resumed_run_shows_the_same_as_one_that_was_never_stopped(directory):
    with History(directory, MEMBERS, events=True) as history:
        for epoch in range(4):
            history.write(record(epoch))
    for path in directory.root.glob("events.*"):
        path.write_bytes(path.read_bytes()[:-5])
    with History(directory, MEMBERS, events=True) as history:
        history.recall(read_history(directory.history))
        history.rewind(MEMBERS, 1)
        for epoch in range(2, 6):
            history.write(record(epoch))
    assert len(read_history(directory.history)) == 6
    assert len(list(directory.root.rglob("events.*"))) == 1
    assert_spread_is(directory, spreads_of(read_history(directory.history)))


def test_a_loss_near_the_largest_float_is_shown():
    line = {"epoch": 0, "members": [[0, 0, 0, 0], [0, 0, 1, 0]], "train_loss": [1e200, 1.0]}
    assert spread_scalars([line])["loss/train"] == 5e199
