"""A run whose rows are shared, any of whose processes is killed: it ends in time, leaves no orphan, and goes on."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from experiment.record.history import read_history
from experiment.training.interrupts import SAVING

pytestmark = pytest.mark.needs("lightning")

TRAIN = Path(__file__).resolve().parents[3] / "scripts" / "train.py"
STUDY = (
    "folds.splits=2", "folds.test_fraction=0", "folds.validation_fraction=0", "baselines=[]",
    "training.early_stopping=null", "training.precision=64", "output.tensorboard=false", "optimizer.name=sgd",
    "optimizer.learning_rate=0.05",
)  # fmt: skip
LIGHTNING = (*STUDY, "framework=lightning", "training.max_epochs=100")
TENSORFLOW = (*STUDY, "framework=tensorflow", "training.max_epochs=400")
ROWS = ("training.strategy=rows", "training.devices=2")
SECONDS = 60
KILLED = (
    "lightning: rank 1 of 2 was ended by SIGKILL (the system does that when memory runs out); the newest state is kept"
)


def below(process: int) -> list[int]:
    """The processes that this one has started, and theirs, in the order of their start."""
    with suppress(OSError):
        own = [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
        return own + [one for child in own for one in below(child)]
    return []


class Run:
    """A run under `root`: stopped in some way when it has trained for a few more epochs."""

    def __init__(self, root):
        self.root = root

    def epochs(self):
        return [line["epoch"] for path in self.root.glob("*/*/*/history.jsonl") for line in read_history(path)]

    def until_it_has_trained(self, process):
        before, until = len(self.epochs()), time.monotonic() + 4 * SECONDS
        while len(self.epochs()) < before + 4:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)

    def stopped(self, command, place, number):
        """What it says, and its exit code, when process `place` of all is sent a signal: 0 the parent, 1 its child.

        Without a place it is pressed twice at the terminal.
        """
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
            self.until_it_has_trained(process)
            every = [process.pid, *below(process.pid)]
            os.kill(every[1], SAVING)
            self.until_it_has_trained(process)
            if place is None:
                os.killpg(process.pid, number)
                time.sleep(0.4)
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
            else:
                os.kill(every[place], number)
            _, said = process.communicate(timeout=SECONDS)  # an orphan holds its end of the pipe
        until = time.monotonic() + SECONDS
        while left := [one for one in every if Path(f"/proc/{one}/task").exists()]:
            assert time.monotonic() < until, left
            time.sleep(0.1)
        return said, process.returncode


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found by /proc")
def test_a_run_with_shared_rows_survives_the_end_of_each_of_its_processes(train, only_run, tmp_path):
    run = Run(tmp_path / "shared")
    told, code = run.stopped([sys.executable, TRAIN, *LIGHTNING, *ROWS, f"output.root={run.root}"], 2, signal.SIGKILL)
    directory = only_run(run.root)
    assert KILLED in told
    assert code == 128 + signal.SIGKILL
    resume = [sys.executable, TRAIN, "--resume", directory.root]

    told, code = run.stopped(resume, 0, signal.SIGKILL)
    assert f"lightning: stopped by SIGTERM; continue with --resume {directory.root}\n" in told
    told, code = run.stopped(resume, 1, signal.SIGKILL)
    assert "lightning: was ended by SIGKILL" in told
    assert code == 128 + signal.SIGKILL
    told, code = run.stopped(resume, 2, signal.SIGTERM)  # which is passed on to the first
    assert told == f"lightning: stopped by SIGTERM; continue with --resume {directory.root}\n"
    assert code == 128 + signal.SIGTERM
    told, code = run.stopped(resume, None, signal.SIGINT)
    assert code in (128 + signal.SIGINT, -signal.SIGINT)
    assert "Traceback" not in told
    assert not directory.done.exists()

    study = directory.study.read_text()
    directory.study.write_text(re.sub("devices: 2", "devices: 3", study))
    resumed = train("--resume", directory.root)
    assert (resumed.returncode, resumed.stderr) == (0, "")
    assert train(*LIGHTNING, f"output.root={tmp_path / 'alone'}").returncode == 0
    one, several = (
        load_file(found.framework("lightning").weights) for found in (only_run(tmp_path / "alone"), directory)
    )
    assert max(abs(one[name] - several[name]).max() for name in one if not name.startswith("inputs.")) < 1e-10


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found by /proc")
def test_a_run_whose_rows_are_shared_in_one_process_survives_its_end_and_gives_the_same_bits(train, only_run, tmp_path):
    run = Run(tmp_path / "shared")
    told, code = run.stopped([sys.executable, TRAIN, *TENSORFLOW, *ROWS, f"output.root={run.root}"], 1, signal.SIGKILL)
    directory = only_run(run.root)
    assert "tensorflow: was ended by SIGKILL" in told
    assert code == 128 + signal.SIGKILL
    resume = [sys.executable, TRAIN, "--resume", directory.root]
    stopped = f"tensorflow: stopped by SIGTERM; continue with --resume {directory.root}\n"
    for place, number, code in ((0, signal.SIGKILL, -signal.SIGKILL), (1, signal.SIGTERM, 128 + signal.SIGTERM)):
        assert run.stopped(resume, place, number) == (stopped, code)
    assert not directory.done.exists()

    resumed = train("--resume", directory.root)
    assert (resumed.returncode, resumed.stderr) == (0, "")
    assert train(*TENSORFLOW, *ROWS, f"output.root={tmp_path / 'whole'}").returncode == 0
    one, other = (
        load_file(found.framework("tensorflow").weights) for found in (only_run(tmp_path / "whole"), directory)
    )
    for name, array in one.items():
        np.testing.assert_array_equal(other[name], array)
