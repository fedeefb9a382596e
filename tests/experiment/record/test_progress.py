import io
import os
import pty
import subprocess
import sys

import numpy as np
import pytest
from rich.console import Console

from configs.member import Member
from experiment.record import progress
from experiment.record.epoch_record import EpochRecord
from experiment.record.progress import EpochBar, describe, latest

SHOW = """
import numpy as np
from configs.member import Member
from experiment.record.progress import EpochBar
from experiment.record.epoch_record import EpochRecord
bar = EpochBar("lightning", 4)
bar.start()
for epoch in range(2):
    values = {"loss": np.array([0.5]), "auroc": np.array([0.75])}
    bar.update(EpochRecord(epoch, [Member(0)], np.array([True]), np.array([0.25]), values), 1 - epoch)
bar.stop()
"""


def on_a_terminal() -> str:
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen([sys.executable, "-c", SHOW], stderr=child, env=environment) as process:
        os.close(child)
        shown = b""
        while True:
            try:
                shown += os.read(parent, 4096)
            except OSError:
                break
    os.close(parent)
    assert process.returncode == 0
    return shown.decode()


def record(epoch: int, active: list[bool], losses: list[float], **validation: list[float]) -> EpochRecord:
    members = [Member(0, 0, fold) for fold in range(len(active))]
    live = {name: np.array(values) for name, values in validation.items()}
    return EpochRecord(epoch, members, np.array(active), np.array(losses), live)


def last_lines(width: int, monkeypatch, *updates: tuple[EpochRecord, int], **said) -> str:
    """What is left on a terminal of so many columns when the training has ended."""
    screen = io.StringIO()
    monkeypatch.setattr(progress, "Console", lambda **_: Console(file=screen, width=width, force_terminal=False))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    bar = EpochBar(said.pop("framework", "tensorflow"), said.pop("epochs", 1000), **said)
    bar.start()
    for update in updates:
        bar.update(*update)
    bar.stop()
    return screen.getvalue()


def test_a_terminal_is_shown_a_bar():
    shown = on_a_terminal()
    assert "lightning" in shown
    assert "2/4" in shown
    assert "1 of 1 fold done; validation loss 0.5000, AUROC 0.7500" in shown


def test_a_pipe_is_shown_nothing():
    child = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, check=True)
    assert (child.stdout, child.stderr) == (b"", b"")


@pytest.mark.parametrize("width", [80, 60])
def test_no_word_is_cut_on_a_narrow_terminal(monkeypatch, width):
    folds = 100
    last = record(999, [True] * folds, [0.1] * folds, loss=[0.0612] * folds, auroc=[0.9931] * folds)
    shown = last_lines(width, monkeypatch, (last, 3))
    assert max(map(len, shown.splitlines())) <= width
    assert "\N{HORIZONTAL ELLIPSIS}" not in shown
    words = " ".join(shown.split())
    assert words.startswith("tensorflow")
    assert "epoch 1000/1000 0:00:00" in words
    assert words.endswith("100 of 100 folds done; mean over folds: validation loss 0.0612, AUROC 0.9931")
    assert len(shown.strip().splitlines()) == (2 if width == 80 else 3)


def test_all_folds_are_done_when_the_last_has_stopped_or_the_last_epoch_is_over(monkeypatch):
    stopped = record(4, [True, False], [1.0, 1.0], loss=[1.0, 1.0])
    assert "1 of 2 folds done" in last_lines(80, monkeypatch, (stopped, 1))
    assert "2 of 2 folds done" in last_lines(80, monkeypatch, (stopped, 0))
    assert "2 of 2 folds done" in last_lines(80, monkeypatch, (stopped, 1), epochs=5)


def test_folds_are_counted_over_all_stacks(monkeypatch):
    second = record(4, [True, True], [1.0, 1.0], loss=[1.0, 1.0])
    assert "4 of 5 folds done" in last_lines(80, monkeypatch, (second, 1), folds=5, before=3)


def test_means_are_over_all_folds_and_one_that_has_stopped_keeps_its_last_value():
    both = latest({}, record(0, [True, True], [9.0, 9.0], loss=[1.0, 3.0], auroc=[0.5, np.nan], f1=[0.1, 0.1]))
    assert describe(0, 2, both) == "0 of 2 folds done; mean over folds: validation loss 2.0000, AUROC 0.5000"
    one = latest(both, record(1, [True, False], [9.0, 9.0], loss=[0.0, 7.0], auroc=[1.0, 0.0], f1=[0.1, 0.1]))
    assert describe(1, 2, one) == "1 of 2 folds done; mean over folds: validation loss 1.5000, AUROC 1.0000"


def test_without_validation_rows_the_loss_is_that_of_the_training():
    assert describe(1, 1, latest({}, record(0, [True], [0.25]))) == "1 of 1 fold done; training loss 0.2500"


def test_members_of_several_seeds_are_models():
    values = latest({}, record(0, [True, True], [1.0, 3.0]))
    assert describe(1, 2, values, "model") == "1 of 2 models done; mean over models: training loss 2.0000"
