"""Parts over workers, with a framework that trains nothing; each room's own workers are in tests/*/test_fit.py."""

from pathlib import Path

import numpy as np
import pytest
from small import small

from configs.learners import LEARNERS
from experiment.record.history import read_history
from experiment.record.log import kept_in
from experiment.run.run_directory import FrameworkDirectory
from experiment.training.fitting import fit_stacks
from experiment.training.workers import LocalWorkers

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ROOM = """
import os, signal, sys, time
from pathlib import Path
sys.path.insert(0, {reference!r})
from pretence import Pretence, tried
from experiment.training.worker import run_worker
here = Path({here!r})

def after_epoch(epoch, session):
    session.checkpoints.every_seconds = 0.0
    fold = session.members[0].fold
    with (here / "trained").open("a") as file:
        print(os.getpid(), fold, epoch, file=file)
{hook}

part = Pretence(after_epoch=after_epoch)
sys.exit(run_worker("lightning", tried, lambda *given, tried: part(*given)))
"""
STUDY = ("stack.size=2", "folds.splits=7", "training.max_epochs=6")
SLOW = "    time.sleep(0.05)"
ONCE = """
    time.sleep(0.05)
    if (fold, epoch) == (2, 3) and not (here / "once").exists():
        (here / "once").touch()
        {act}
"""


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "run").mkdir()
    return FrameworkDirectory(tmp_path / "run")


@pytest.fixture
def fit(tmp_path, directory, monkeypatch):
    """Train by so many workers, in which `hook` runs after each epoch."""

    def train(count, *overrides, hook=SLOW):
        source = ROOM.format(reference=str(REFERENCE), here=str(tmp_path), hook=hook)
        (tmp_path / "counting_room.py").write_text(source)
        monkeypatch.setitem(LEARNERS, "lightning", LEARNERS["lightning"]._replace(fit="counting_room"))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        study, folds = small(*STUDY, f"training.devices={count}", *overrides)
        workers = LocalWorkers("lightning", study, debug=False)
        try:
            with kept_in(directory.log):
                return fit_stacks(study, folds, directory, None, workers=workers)
        finally:
            workers.close()

    return train


def trained(tmp_path):
    """What the workers have trained: process, first fold of the part, epoch."""
    return [tuple(map(int, line.split())) for line in (tmp_path / "trained").read_text().splitlines()]


@pytest.mark.parametrize("count", [2, 3])
def test_workers_share_the_parts_and_their_result_is_that_of_one_process(fit, directory, tmp_path, pretend, count):
    shared = fit(count)
    (tmp_path / "alone").mkdir()
    alone = fit_stacks(*small(*STUDY), FrameworkDirectory(tmp_path / "alone"), pretend())
    assert shared.weights["output.kernel"].tolist() == alone.weights["output.kernel"].tolist() == [[6.0]] * 7
    np.testing.assert_array_equal(np.concatenate(shared.logits), np.concatenate(alone.logits))
    assert shared.timing["optimizer_steps"] == alone.timing["optimizer_steps"]
    assert shared.timing["devices"] == count
    keys = [(line["members"], line["epoch"]) for line in read_history(directory.history)]
    assert keys == [(line["members"], line["epoch"]) for line in read_history(tmp_path / "alone" / "history.jsonl")]
    assert len({process for process, _, _ in trained(tmp_path)}) == count
    epochs = [(fold, epoch) for fold in (0, 2, 4, 6) for epoch in range(6)]
    assert sorted(one[1:] for one in trained(tmp_path)) == epochs
    assert "made anew" not in directory.log.read_text()
