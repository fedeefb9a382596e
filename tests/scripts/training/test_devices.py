"""Runs on several devices: the bits of a run on one, also if processes of them are killed; none is left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from processes import WAIT, session_of, wait_until, workers_of
from safetensors.numpy import load_file

from evaluation.predictions import read_predictions
from experiment.record.history import read_history

pytestmark = pytest.mark.slow

TRAIN = Path(__file__).resolve().parents[3] / "scripts" / "train.py"
STUDY = (
    "folds.splits=6", "stack.size=2", "model.hidden=[8]", "training.early_stopping=null", "output.tensorboard=false",
    "baselines=[]",
)  # fmt: skip
ONE_THREAD = {"LOKY_MAX_CPU_COUNT": "1"}


def command(root, devices, epochs, framework="lightning"):
    words = (f"output.root={root}", f"framework={framework}", f"training.max_epochs={epochs}")
    return [sys.executable, TRAIN, *STUDY, *words, f"training.devices={devices}"]


def call(command):
    return subprocess.run(command, env=os.environ | ONE_THREAD, capture_output=True, text=True)


def assert_same(one, other):
    """Predictions, weights and record of two runs of a framework."""
    for file in ("predictions", "validation"):
        first, second = (read_predictions(getattr(run, file)) for run in (one, other))
        np.testing.assert_array_equal(first.logits, second.logits)
        np.testing.assert_array_equal(first.row, second.row)
    first, second = (load_file(run.weights) for run in (one, other))
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
    first, second = ([line | {"time": 0} for line in read_history(run.history)] for run in (one, other))
    assert first == second


@pytest.mark.both_rooms
def test_both_learners_answer_on_two_devices_as_on_one(only_run, tmp_path):
    for devices in (1, 2):
        done = call(command(tmp_path / str(devices), devices, 12, "both"))
        assert done.returncode == 0, done.stderr
    one, two = (only_run(tmp_path / str(devices)) for devices in (1, 2))
    for framework in ("lightning", "tensorflow"):
        assert_same(one.framework(framework), two.framework(framework))


def in_training(root):
    return len([path for path in root.glob("*/*/*/checkpoints/part_*/history.jsonl") if path.stat().st_size])


def end(process, act):
    """Kill or interrupt what `act` says."""
    if act == "a worker":
        os.kill(workers_of(process)[0], signal.SIGKILL)
    elif act == "all workers":
        for number in workers_of(process):
            os.kill(number, signal.SIGKILL)
    elif act == "the parent":
        process.kill()
    else:  # as a terminal does at Ctrl-C
        os.killpg(process.pid, signal.SIGINT)


@pytest.fixture(scope="module")
def undisturbed(only_run, tmp_path_factory):
    root = tmp_path_factory.mktemp("one")
    assert call(command(root, 1, 800)).returncode == 0
    return only_run(root).framework("lightning")


@pytest.mark.parametrize(
    ("act", "code"), [("a worker", 0), ("all workers", 137), ("the parent", -9), ("Ctrl-C", 130)], ids=str
)
def test_whatever_is_killed_no_process_is_left_and_the_run_ends_like_one_that_was_not(
    undisturbed, only_run, tmp_path, act, code
):
    settings = {"stderr": subprocess.PIPE, "text": True, "start_new_session": True, "env": os.environ | ONE_THREAD}
    with subprocess.Popen(command(tmp_path, 2, 800), **settings) as process:
        wait_until(lambda: in_training(tmp_path) >= 2, 3 * WAIT)
        end(process, act)
        assert process.wait(WAIT) == code
        wait_until(lambda: not session_of(process))
        told = process.stderr.read()
    run = only_run(tmp_path)
    if act == "a worker":
        assert "was ended by SIGKILL; the others take over" in told
        assert_same(run.framework("lightning"), undisturbed)
        return
    assert not run.framework("lightning").fits.is_file()
    if act != "the parent":
        assert call([sys.executable, TRAIN, "--resume", run.root]).returncode == 0
        assert_same(run.framework("lightning"), undisturbed)
