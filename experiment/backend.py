"""The seam between the parent of a run, which knows no framework, and a child for each framework."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from experiment.exit_codes import NUMERICAL_FAILURE, SOME_FOLDS_FAILED, WRONG_STUDY, RunError
from experiment.interrupts import blocked, passing_on
from experiment.resources import num_cores
from experiment.run_directory import RunDirectory

MODULES = {"lightning": "lightning_mods.fit", "tensorflow": "tf_models.fit"}
PACKAGES = {"lightning": "pytorch_lightning", "tensorflow": "tensorflow"}
# What TensorFlow says at its start, before a line of Python can ask it not to.
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
# Before the number of the file by which a child says that it is ready, and hears that it is its turn.
TURN = "--turn="
PROJECT = Path(__file__).resolve().parent.parent


def interpreter(framework: str) -> str:
    """The Python of `.venv-<framework>` where there is one, else this one.

    On a GPU machine torch and TensorFlow cannot share an environment, so each has its own.
    """
    own = PROJECT / f".venv-{framework}" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def require(framework: str) -> None:
    """Raise RunError if the framework's packages are not installed; nothing is imported to find out."""
    if interpreter(framework) == sys.executable and find_spec(PACKAGES[framework]) is None:
        cure = "run `make setup`, or choose the other one with framework=..."
        raise RunError(WRONG_STUDY, f"{framework}: {PACKAGES[framework]} is not installed for {sys.executable}; {cure}")


@contextmanager
def training(frameworks: Sequence[str], run: RunDirectory, debug: bool = False) -> Iterator[Callable[[str], int]]:
    """A function that trains the run with one of `frameworks`, and waits until that has saved its state.

    It returns the exit code of the framework's process; 128 + n if signal n came to this process or ended that one.
    Where there is a core for each, they all start at once: the first one to train waits until all are imported, and
    the others then need not import anything when it is their turn.
    """
    early = frameworks if num_cores() >= len(frameworks) else ()
    waiting = {framework: Child(framework, run, debug) for framework in early}

    def train(framework: str) -> int:
        child = waiting.pop(framework, None) or Child(framework, run, debug)

        def begin() -> subprocess.Popen:
            for other in waiting.values():
                other.wait_until_ready()
            return child.begin()

        with passing_on(begin) as (process, came), child.line:
            code = process.wait()
        if came:
            return 128 + came[0]
        if code < 0:
            print(f"{framework}: {_ended_by(-code)}; continue with --resume {run.root}", file=sys.stderr)
            return 128 - code
        # Python itself exits with 1 after what nobody caught: no fold was trained then.
        trained = run.framework(framework).fits.is_file()
        return code if trained or code != SOME_FOLDS_FAILED else NUMERICAL_FAILURE

    try:
        yield train
    finally:
        for child in waiting.values():
            child.dismiss()


class Child:
    """One framework's process: it imports what it needs, and then waits for its turn."""

    def __init__(self, framework: str, run: RunDirectory, debug: bool = False) -> None:
        """Start it; both signals are blocked there until it trains."""
        self.line, theirs = socket.socketpair()
        turn = f"{TURN}{theirs.fileno()}"
        launch = [interpreter(framework), "-P", "-m", "experiment.launch", framework, MODULES[framework]]
        path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
        with theirs, blocked():
            self.process = subprocess.Popen(
                [*launch, str(run.root.resolve()), turn, *["--debug"] * debug],
                env=QUIET | os.environ | {"PYTHONPATH": path},
                pass_fds=[theirs.fileno()],
            )

    def wait_until_ready(self) -> None:
        """Until everything is imported, or the process has ended."""
        with suppress(ConnectionError):
            self.line.recv(1)

    def begin(self) -> subprocess.Popen:
        """It is its turn."""
        with suppress(ConnectionError):
            self.line.sendall(b"!")
        return self.process

    def dismiss(self) -> None:
        """It is not needed any more."""
        self.process.kill()
        self.process.wait()
        self.line.close()


def _ended_by(number: int) -> str:
    reason = " (the system does that when memory runs out)" if number == signal.SIGKILL else ""
    return f"was ended by {signal.Signals(number).name}{reason}"
