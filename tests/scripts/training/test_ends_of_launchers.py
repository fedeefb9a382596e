"""Runs by every launcher, ended in every way, with a framework that trains nothing: nobody is left, and they go on."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import numpy as np
import pytest
from counting import trained, write_room
from processes import WAIT, wait_until
from safetensors.numpy import load_file

from configs.files.places import PROJECT
from evaluation.predictions import read_predictions
from experiment.record.history import read_history

pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs("lightning"),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found by /proc"),
]

STUDY = (
    "framework=lightning", "folds.splits=6", "stack.size=3", "training.max_epochs=40", "training.early_stopping=null",
    "output.tensorboard=false", "baselines=[]",
)  # fmt: skip
REAL = "a real SLURM"
LAUNCHERS = {
    "three workers": ("training.devices=3", "stack.size=2"),
    "SLURM's tasks": ("launcher=slurm", "slurm.executor=local"),
    "Ray's actors": ("launcher=ray", "training.devices=2"),
    REAL: ("launcher=slurm",),
}
PACE = '    time.sleep(float((here / "pace").read_text()))'
HELPERS = ("ray::DashboardAgent", "ray::RuntimeEnvAgent")
"""Of a cluster whose head has been killed, these try for a minute to tell it so."""
STOPPED = "lightning: stopped by {}; continue with --resume"


class Run:
    """A run in `folder`, ended again and again."""

    def __init__(self, folder, launcher):
        self.folder, self.launcher, self.path = folder, launcher, write_room(folder, PACE)
        self.pace(0.3)
        self.words = [*STUDY, *LAUNCHERS[launcher], f"output.root={folder / 'runs'}"]

    def pace(self, seconds):
        (self.folder / "pace").write_text(str(seconds))

    def command(self):
        found = [*(self.folder / "runs").glob("*/*")]
        return [sys.executable, PROJECT / "scripts" / "train.py", *(("--resume", *found) if found else self.words)]

    def begin(self, **settings):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([self.path, str(PROJECT)]), "TERM": "xterm"}
        pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL, "text": True}
        return subprocess.Popen(self.command(), start_new_session=True, env=environment, **(pipes | settings))

    def epochs(self):
        return len(trained(self.folder)) if (self.folder / "trained").exists() else 0

    def ended(self, act):
        """What it says, and its exit code, if `act(process)` ends it after a few epochs more; nobody is left."""
        before = self.epochs()
        with self.begin() as process:
            wait_until(lambda: self.epochs() >= before + 4 or process.poll() is not None, 2 * WAIT)
            assert process.poll() is None, process.stderr.read()
            act(process)
            _, said = process.communicate(timeout=WAIT)
        if self.launcher == REAL and act is kill_coordinator:
            assert self.left()  # they finish their parts, while the run goes on
            return said, process.returncode
        try:
            wait_until(lambda: not self.left())
        except AssertionError:
            raise AssertionError(self.left()) from None
        return said, process.returncode

    def left(self):
        """The processes that have been started for the run: number -> command line."""
        every = {number: line for number, line in commands().items() if self.is_ours(number)}
        return {number: line for number, line in every.items() if not line.startswith(HELPERS)}

    def is_ours(self, number):
        try:
            return str(self.folder).encode() in Path(f"/proc/{number}/environ").read_bytes()
        except OSError:
            return False


def commands():
    """The command lines of all processes."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
    return {number: line for number, line in found.items() if line}  # a zombie has none


def terminate(process):
    process.terminate()


def kill(process):
    process.kill()


def kill_coordinator(process):
    """The child that hands parts to others, by its number."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    (child,) = [int(one) for one in children if "experiment.training.launch" in commands().get(int(one), "")]
    os.kill(child, signal.SIGKILL)


def press(process):
    os.killpg(process.pid, signal.SIGINT)


def press_twice(process):
    press(process)
    time.sleep(0.4)
    if process.poll() is None:
        press(process)


ALL = (terminate, kill, press, press_twice, kill_coordinator)
ACTS = {
    "three workers": ALL,
    "SLURM's tasks": ALL,
    "Ray's actors": (terminate, kill_coordinator, press_twice),
    REAL: ALL,
}
ENDS = {
    terminate: ({143}, STOPPED.format("SIGTERM")),
    kill_coordinator: ({137}, "lightning: was ended by SIGKILL"),
    kill: ({-signal.SIGKILL}, ""),
    press: ({130}, STOPPED.format("SIGINT")),
    press_twice: ({130, -signal.SIGINT}, ""),
}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The epochs, weights, logits and record of a run in one process, by the size of its parts."""
    known = {}

    def run(size):
        if size not in known:
            one = Run(tmp_path_factory.mktemp("alone"), "SLURM's tasks")
            one.words = [*STUDY, f"stack.size={size}", f"output.root={one.folder / 'runs'}"]
            known[size] = finished(one)
        return known[size]

    return run


def finished(run):
    """Weights, logits and record of the run, which goes on to its end."""
    run.pace(0.0)
    with run.begin() as process:
        _, said = process.communicate(timeout=3 * WAIT)
    assert (process.returncode, said) == (0, "")
    (learner,) = (run.folder / "runs").glob("*/*/lightning")
    logits = read_predictions(learner / "predictions.parquet").logits
    lines = [line | {"time": 0} for line in read_history(learner / "history.jsonl")]
    return load_file(learner / "weights.safetensors"), logits, lines


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_whatever_ends_it_nobody_is_left_and_the_run_goes_on_to_the_answer_of_one_process(
    launcher, tmp_path, alone, request
):
    cluster = request.getfixturevalue("cluster") if launcher == REAL else None
    run = Run(tmp_path, launcher)
    for act in ACTS[launcher]:
        said, code = run.ended(act)
        codes, line = ENDS[act]
        assert code in codes, (act, said)
        assert line in said, act
        assert "Traceback" not in said, act
        if cluster and act is not kill_coordinator:
            assert not re.search("PENDING|RUNNING", cluster.jobs()), act
    weights, logits, lines = finished(run)
    assert not run.left()
    expected, others, record = alone(2 if launcher == "three workers" else 3)
    assert weights.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(weights[name], array)
    np.testing.assert_array_equal(logits, others)
    assert lines == record


def shown_on_a_terminal(run):
    """What a run writes to a terminal of 80 columns."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    shown = b""
    with run.begin(stdin=child, stdout=child, stderr=child, text=False) as process:
        os.close(child)
        while True:
            try:
                shown += os.read(parent, 4096)
            except OSError:  # the last process has closed it
                break
    os.close(parent)
    assert process.returncode == 0
    return shown.decode()


def screens(shown):
    """What stands on a terminal after each control sequence, without colours: lists of lines."""
    lines, row, column = [""], 0, 0
    for control, words in re.findall(r"(\x1b\[[?\d;]*[A-Za-z]|[\r\n])|([^\x1b\r\n]+)", shown):
        if words:
            before = lines[row].ljust(column)
            lines[row], column = before[:column] + words + before[column + len(words) :], column + len(words)
        elif control == "\r":
            column = 0
        elif control == "\n":
            row += 1
            lines += [""] * (row == len(lines))
        elif control.endswith("A"):
            row -= int(control[2:-1] or 1)
        elif control == "\x1b[2K":
            lines[row] = ""
        yield [line.rstrip() for line in lines if line.strip()]


def test_a_terminal_shows_one_bar_for_all_workers(tmp_path):
    run = Run(tmp_path, "three workers")
    run.pace(0.05)
    *_, last = found = [*screens(shown_on_a_terminal(run))]
    bars = [[line for line in lines if re.match(r"lightning +\S+ +epoch ", line)] for lines in found]
    assert max(map(len, bars)) == 1
    assert "epoch 40/40" in bars[-1][0]
    after = last[last.index(bars[-1][0]) + 1]
    assert re.fullmatch(r"  6 of 6 folds done; mean over folds: validation loss \d\.\d{4}", after)
    assert max(len(bars[-1][0]), len(after)) <= 80
    epochs = [int(found) for lines in bars for line in lines for found in re.findall(r"epoch +(\d+)/40", line)]
    assert epochs == sorted(epochs)
    assert len(set(epochs)) > 3
