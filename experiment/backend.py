"""The seam between the parent of a run, which knows no framework, and a child for each framework."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from experiment.run_directory import RunDirectory

MODULES = {"lightning": "lightning_mods.fit", "tensorflow": "tf_models.fit"}
# What TensorFlow says at its start, before a line of Python can ask it not to.
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
PROJECT = Path(__file__).resolve().parent.parent


def interpreter(framework: str) -> str:
    """The Python of `.venv-<framework>` where there is one, else this one.

    On a GPU machine torch and TensorFlow cannot share an environment, so each has its own.
    """
    own = PROJECT / f".venv-{framework}" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def run_framework(framework: str, run: RunDirectory, debug: bool = False) -> int:
    """Train the run with one framework, in a process of its own; return its exit code, 128 + n after signal n.

    Ctrl-C reaches the child by itself, from the terminal; a SIGTERM to the parent is passed on. Either way the parent
    waits until the child has saved its state.
    """
    command = [interpreter(framework), "-m", MODULES[framework], str(run.root.resolve())]
    child = subprocess.Popen(command + ["--debug"] * debug, cwd=PROJECT, env=QUIET | os.environ)
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda number, _: child.send_signal(number)),
    }
    try:
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
