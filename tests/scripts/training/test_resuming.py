"""A run that is interrupted, terminated and killed, and goes on each time, ends with the bits of one that was not."""

import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from configs.learners import LEARNERS
from experiment.record.history import read_history
from experiment.training.interrupts import ECHO_SECONDS, SAVING

TRAIN = Path(__file__).resolve().parents[3] / "scripts" / "train.py"
STUDY = (
    "folds.splits=8", "stack.size=4", "training.max_epochs=250", "training.early_stopping=null",
    "output.tensorboard=false", "optimizer.schedule={name: cosine, warmup: 0.1}",
    "training.plateau={patience: 4, factor: 0.7, cooldown: 2, min_delta: 0.001}",
)  # fmt: skip

# The child of a run, with a state saved after every epoch and not every 20 seconds.
OFTEN = """
import functools, runpy, sys
from experiment.training.workers import parts
parts.Checkpoints = functools.partial(parts.Checkpoints, every_seconds=0.0)
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


class Stopping:
    """Runs of one framework under `root`, each stopped in some way when its stack has trained ten more epochs."""

    def __init__(self, framework, root):
        self.framework, self.root = framework, root

    def epochs(self, stack):
        lines = [line for path in self.root.glob("*/*/*/history.jsonl") for line in read_history(path)]
        return sum(line["members"][0][2] == 4 * stack for line in lines)

    def wait(self, process, stack, meanwhile=lambda: None):
        """Until the stack has trained ten more epochs."""
        wanted = self.epochs(stack) + 10
        while self.epochs(stack) < wanted:
            assert process.poll() is None
            meanwhile()
            time.sleep(0.005)

    def __call__(self, command, stack, send, number, **settings):
        pipes = {"stderr": subprocess.PIPE, "text": True, "start_new_session": True}
        with subprocess.Popen(command, **pipes, **settings) as process:
            self.wait(process, stack)
            if send is os.kill:  # as SLURM warns, it warns all processes
                os.killpg(process.pid, SAVING)
                self.wait(process, stack)
            send(process.pid, number)
            return process.communicate()[1], process.returncode

    def by_closing_its_terminal(self, command, stack):
        """The kernel sends SIGHUP then, and nothing can be printed any more. Returns the exit code."""
        terminal, its = pty.openpty()
        os.set_blocking(terminal, False)

        def take_it():
            os.setsid()
            fcntl.ioctl(its, termios.TIOCSCTTY, 0)

        def read():
            with suppress(BlockingIOError):
                os.read(terminal, 1 << 16)

        with subprocess.Popen(command, stdin=its, stdout=its, stderr=its, preexec_fn=take_it) as process:
            os.close(its)
            self.wait(process, stack, read)
            os.close(terminal)
            return process.wait()


def twice(group, number):
    """As a person who presses Ctrl-C again."""
    os.killpg(group, number)
    time.sleep(2 * ECHO_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def hung_up_and_terminated(group, number):
    """A terminal that is closed, and only then `number`."""
    os.killpg(group, signal.SIGHUP)
    time.sleep(2 * ECHO_SECONDS)
    os.killpg(group, number)


def nohup():
    """As the command of this name."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@pytest.mark.slow
@pytest.mark.parametrize("framework", LEARNERS)
def test_a_run_that_was_stopped_in_every_way_ends_like_one_that_was_not(train, only_run, tmp_path, framework):
    study, stop = (*STUDY, f"framework={framework}"), Stopping(framework, tmp_path / "stopped")
    assert train(*study, f"output.root={tmp_path / 'whole'}").returncode == 0
    train_command = [sys.executable, TRAIN]

    interrupted = stop([*train_command, *study, f"output.root={stop.root}"], 0, os.killpg, signal.SIGINT)
    run = only_run(stop.root)
    own, resume = run.framework(framework), [*train_command, "--resume", run.root]
    assert interrupted == (f"{framework}: stopped by SIGINT; continue with --resume {run.root}\n", 130)

    killed = stop(resume, 0, os.kill, signal.SIGKILL)  # and its child, which holds stderr, saves its state
    assert killed == (f"{framework}: stopped by SIGTERM; continue with --resume {run.root}\n", -signal.SIGKILL)
    log = own.log.read_text()
    assert "as SIGUSR1 asked" in log
    assert "the parent process has gone" in log

    assert stop.by_closing_its_terminal(resume, 0) == 129
    saved = sorted(own.checkpoints.glob("*_epoch_*"))[-1]
    assert int(saved.stem[-6:]) == read_history(own.history)[-1]["epoch"]

    terminated = stop(resume, 1, os.kill, signal.SIGTERM)
    assert terminated == (f"{framework}: stopped by SIGTERM; continue with --resume {run.root}\n", 143)

    said, code = stop(resume, 1, twice, signal.SIGINT)
    assert code in (130, -signal.SIGINT)  # where the child was faster, the parent dies of the second one
    assert said.endswith(f"; continue with --resume {run.root}\n")

    terminated = stop(resume, 1, hung_up_and_terminated, signal.SIGTERM, preexec_fn=nohup)
    assert terminated == (f"{framework}: stopped by SIGTERM; continue with --resume {run.root}\n", 143)

    child = [sys.executable, "-c", OFTEN, LEARNERS[framework].fit, run.root]
    assert stop(child, 1, os.killpg, signal.SIGKILL)[1] == -signal.SIGKILL
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
