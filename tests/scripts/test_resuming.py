"""A run that is interrupted, terminated and killed, and goes on each time, ends with the bits of one that was not."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from experiment.backend import MODULES
from experiment.history import read_history

TRAIN = Path(__file__).resolve().parents[2] / "scripts" / "train.py"
STUDY = (
    "folds.splits=8", "stack.size=4", "training.max_epochs=250", "training.early_stopping=null",
    "output.tensorboard=false",
)  # fmt: skip

# The child of a run, with a state saved after every epoch and not every 20 seconds.
OFTEN = """
import functools, runpy, sys
from experiment import fitting
fitting.Checkpoints = functools.partial(fitting.Checkpoints, every_seconds=0.0)
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


class Stopping:
    """Runs of one framework under `root`, each stopped by a signal when its stack has trained ten more epochs."""

    def __init__(self, framework, root):
        self.framework, self.root = framework, root

    def epochs(self, stack):
        lines = [line for path in self.root.glob("*/*/*/history.jsonl") for line in read_history(path)]
        return sum(line["members"][0][2] == 4 * stack for line in lines)

    def __call__(self, command, stack, send, number):
        wanted = self.epochs(stack) + 10
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
            while self.epochs(stack) < wanted:
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.005)
            send(process.pid, number)
            return process.communicate()[1], process.returncode


@pytest.mark.slow
@pytest.mark.parametrize("framework", MODULES)
def test_a_run_that_was_stopped_in_every_way_ends_like_one_that_was_not(train, only_run, tmp_path, framework):
    study, stop = (*STUDY, f"framework={framework}"), Stopping(framework, tmp_path / "stopped")
    assert train(*study, f"output.root={tmp_path / 'whole'}").returncode == 0
    train_command = [sys.executable, TRAIN]

    interrupted = stop([*train_command, *study, f"output.root={stop.root}"], 0, os.killpg, signal.SIGINT)
    run = only_run(stop.root)
    assert interrupted == (f"{framework}: stopped by SIGINT; continue with --resume {run.root}\n", 130)

    terminated = stop([*train_command, "--resume", run.root], 1, os.kill, signal.SIGTERM)
    assert terminated == (f"{framework}: stopped by SIGTERM; continue with --resume {run.root}\n", 143)

    child = [sys.executable, "-c", OFTEN, MODULES[framework], run.root]
    assert stop(child, 1, os.kill, signal.SIGKILL)[1] == -signal.SIGKILL
    assert 20 <= stop.epochs(1) < 250
    assert not run.done.exists()

    resumed, whole = train("--resume", run.root), only_run(tmp_path / "whole").framework(framework)
    assert (resumed.returncode, resumed.stderr, run.done.is_file()) == (0, "", True)
    assert_same(run.framework(framework), whole)


def assert_same(one, other):
    assert one.weights.read_bytes() == other.weights.read_bytes()
    assert one.predictions.read_bytes() == other.predictions.read_bytes()
    first, second = (read_history(directory.history) for directory in (one, other))
    for line, twin in zip(first, second, strict=True):
        for name in line.keys() - {"time"}:
            # The live metrics of TensorFlow differ by an ulp from one process to the next; its weights do not.
            tolerance = 1e-5 if name.startswith("validation_") else 0
            np.testing.assert_allclose(line[name], twin[name], rtol=tolerance)
    assert len(first) == 500
    steps = [json.loads(directory.fits.read_text())["timing"]["optimizer_steps"] for directory in (one, other)]
    assert steps[0] == steps[1]
