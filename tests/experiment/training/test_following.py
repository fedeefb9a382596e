"""What the coordinator makes of the records of its workers."""

import json

import numpy as np
import pytest
from small import small

from experiment.record.history import History, read_history
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.workers.following import Following
from experiment.training.workers.part_training import Job
from experiment.training.workers.parts import Parts


@pytest.fixture
def job(tmp_path):
    """Three folds in parts of two and one, of a study with event files."""
    study, folds = small("stack.size=2", "output.tensorboard=true")
    parts = Parts(tmp_path / "checkpoints", len(folds.members), 2, {})
    for part in parts:
        parts.record(part).root.mkdir(parents=True)
    return Job(study, folds, FrameworkDirectory(tmp_path), parts)


def lines(job, part, epochs, loss):
    members = [list(job.folds.members[index]) for index in part.indices]
    return [
        {"epoch": epoch, "members": members, "train_loss": [loss] * len(members), "time": float(epoch)}
        for epoch in epochs
    ]


def write(job, part, found, more=""):
    """As a worker that rewrites its file: another file takes the place of the old one."""
    path = job.parts.record(part).history
    (path.parent / "new").write_text("".join(json.dumps(line) + "\n" for line in found) + more)
    (path.parent / "new").replace(path)


@pytest.fixture
def shown(monkeypatch):
    """What the bar is told: epochs that are over, folds that are done, means."""
    found = []

    def show(bar, epochs, done, values):
        found.append((epochs, done, {name: float(np.mean(array)) for name, array in values.items()}))

    monkeypatch.setattr("experiment.record.progress.EpochBar.show", show)
    return found


def test_each_line_is_taken_once_also_if_it_is_cut_off_or_the_file_is_written_anew(job, shown):
    first, second = job.parts
    with History(job.directory, job.folds.members, events=True) as history:
        following = Following(job, history)
        following.start()
        write(job, first, lines(job, first, [0], 1.0), more='{"epoch": 1, "mem')
        following.look()
        assert [line["epoch"] for line in history.lines] == [0]
        write(job, first, lines(job, first, [0, 1], 1.125))  # whose worker has died: another one goes on
        write(job, second, lines(job, second, [0], 3.75))
        following.look()
        following.look()
        assert [(line["epoch"], len(line["members"])) for line in history.lines] == [(0, 2), (1, 2), (0, 1)]
        assert shown[:2] == [(1, 0, {"training loss": 1.0}), (2, 0, {"training loss": 2.0})]
        job.parts.checkpoints(second).finish({"history": np.zeros(1)})
        following.look()
    assert shown[-1] == (2, 1, {"training loss": 2.0})
    assert read_history(job.directory.history) == history.lines


def test_the_median_of_an_epoch_is_shown_once_every_part_in_training_has_reached_it(job, monkeypatch):
    first, second = job.parts
    medians = []
    monkeypatch.setattr(History, "show_spread", lambda history, epoch: medians.append(epoch))
    with History(job.directory, job.folds.members, events=True) as history:
        following = Following(job, history)
        following.start()
        for epochs in ((3, 1), (5, 1), (6, 4)):
            for part, count in zip((first, second), epochs, strict=True):
                write(job, part, lines(job, part, range(count), 1.0))
            following.look()
    assert medians == [0, 3]


def test_a_file_that_has_the_inode_of_the_one_it_replaced_is_read_from_its_start(job, shown):
    first, _ = job.parts
    path = job.parts.record(first).history
    with History(job.directory, job.folds.members, events=False) as history:
        following = Following(job, history)
        following.start()
        for loss, epochs in ((1.0, 2), (1.0625, 4)):  # longer lines, so the place where the old ones end is within one
            path.write_text("".join(json.dumps(line) + "\n" for line in lines(job, first, range(epochs), loss)))
            following.look()
        assert [line["epoch"] for line in history.lines] == [0, 1, 2, 3]
