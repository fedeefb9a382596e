"""The seam between the parent of a run, which knows no framework, and a child for each framework."""

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from experiment.exit_codes import NUMERICAL_FAILURE, SOME_FOLDS_FAILED, WRONG_STUDY, RunError
from experiment.interrupts import passing_on
from experiment.run_directory import RunDirectory

MODULES = {"lightning": "lightning_mods.fit", "tensorflow": "tf_models.fit"}
PACKAGES = {"lightning": "pytorch_lightning", "tensorflow": "tensorflow"}
# What TensorFlow says at its start, before a line of Python can ask it not to.
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
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


def run_framework(framework: str, run: RunDirectory, debug: bool = False) -> int:
    """Train the run with one framework, in a process of its own, and wait until it has saved its state.

    Returns its exit code; 128 + n if signal n came to this process or ended the child.
    """
    command = [interpreter(framework), "-P", "-m", MODULES[framework], str(run.root.resolve()), *["--debug"] * debug]
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    with passing_on(lambda: subprocess.Popen(command, env=QUIET | os.environ | {"PYTHONPATH": path})) as (child, came):
        code = child.wait()
    if came:
        return 128 + came[0]
    if code < 0:
        print(f"{framework}: {_ended_by(-code)}; continue with --resume {run.root}", file=sys.stderr)
        return 128 - code
    # Python itself exits with 1 when an import fails: no fold was trained then.
    trained = run.framework(framework).fits.is_file()
    return code if trained or code != SOME_FOLDS_FAILED else NUMERICAL_FAILURE


def _ended_by(number: int) -> str:
    reason = " (the system does that when memory runs out)" if number == signal.SIGKILL else ""
    return f"was ended by {signal.Signals(number).name}{reason}"
