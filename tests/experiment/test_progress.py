import os
import pty
import subprocess
import sys

import numpy as np

from datamodules.folds import Member
from experiment.progress import describe
from experiment.record import EpochRecord

SHOW = """
import numpy as np
from datamodules.folds import Member
from experiment.progress import EpochBar
from experiment.record import EpochRecord
bar = EpochBar("lightning", 4)
bar.start()
for epoch in range(2):
    bar.update(EpochRecord(epoch, [Member(0)], np.array([True]), np.array([0.25]), {"auroc": np.array([0.75])}), 1)
bar.stop()
"""


def on_a_terminal() -> str:
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
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


def test_a_terminal_is_shown_a_bar():
    shown = on_a_terminal()
    assert "lightning" in shown
    assert "2/4" in shown
    assert "1 of 1 folds  loss 0.2500  auroc 0.7500" in shown


def test_a_pipe_is_shown_nothing():
    child = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, check=True)
    assert (child.stdout, child.stderr) == (b"", b"")


def test_the_numbers_are_means_over_who_trained_and_only_the_telling_ones():
    live = {"auroc": np.array([0.5, np.nan, 0.0]), "f1": np.array([0.1, 0.1, 0.1])}
    record = EpochRecord(0, [Member(0)] * 3, np.array([True, True, False]), np.array([1.0, 2.0, 9.0]), live)
    assert describe(record, 2) == "2 of 3 folds  loss 1.5000  auroc 0.5000"
    regression = EpochRecord(0, [Member(0)], np.array([True]), np.array([1.0]), {"rmse": np.array([3.0])})
    assert describe(regression, 1) == "1 of 1 folds  loss 1.0000  rmse 3.0000"
