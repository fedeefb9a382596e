"""The seam between the parent of a run, which knows no framework, and a child for each framework."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from importlib.util import find_spec

from configs.errors import StudyError
from configs.learners import LEARNERS, absence
from configs.places import PROJECT
from experiment.nets.twins import check_parameters, trials
from experiment.record.log import tell
from experiment.run.exit_codes import DONE, NUMERICAL_FAILURE, SOME_FOLDS_FAILED, WRONG_STUDY, RunError
from experiment.run.run_directory import RunDirectory
from experiment.training.interrupts import blocked, passing_on
from experiment.training.launch import PARENT

# What TensorFlow says at its start, before a line of Python can ask it not to.
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
# Before the number of the file by which a child says that it is ready, and hears that it is its turn.
TURN = "--turn="


def interpreter(framework: str) -> str:
    """The Python of `.venv-<framework>` where there is one, else this one.

    On a GPU machine torch and TensorFlow cannot share an environment, so each has its own.
    """
    own = PROJECT / f".venv-{framework}" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def require(framework: str) -> None:
    """Raise RunError if the framework's room or package is not there; nothing is imported to find out."""
    if absent := absence(framework):
        raise RunError(WRONG_STUDY, f"{framework}: {absent}")
    module = LEARNERS[framework].module
    if interpreter(framework) == sys.executable and find_spec(module) is None:
        cure = "run `make setup`, or choose the other one with framework=..."
        raise RunError(WRONG_STUDY, f"{framework}: {module} is not installed for {sys.executable}; {cure}")


@contextmanager
def training(frameworks: Sequence[str], run: RunDirectory, debug: bool = False) -> Iterator[Callable[[str], int]]:
    """A function that trains the run with one of `frameworks`, and waits until that has saved its state.

    A signal that ends the run before raises what its handler does, and the children leave. It returns the exit code of
    the framework's process; 128 + n if signal n came to this process or ended that one.
    They all start at once, import what they need and try the net: the first one to train waits until all have, and none
    trains if one of them has refused it.
    """
    with started(frameworks, run, debug) as children:
        verdict = cache(partial(accepted, run, children))

        def train(framework: str) -> int:
            child, wanted = children[framework], verdict()
            with passing_on(child.process) as came:
                code = (child.begin() if wanted else child.leave()).wait()
            if code < 0:
                tell(f"{framework}: {_ended_by(-code, came)}; continue with --resume {run.root}")
            if came:
                return 128 + came[0]
            if code < 0:
                return 128 - code
            trained = run.framework(framework).fits.is_file()
            if code == DONE and not trained:
                return WRONG_STUDY  # of the other framework, which has said why
            # Python itself exits with 1 after what nobody caught: no fold was trained then.
            return code if trained or code != SOME_FOLDS_FAILED else NUMERICAL_FAILURE

        yield train


def tried(frameworks: Sequence[str], run: RunDirectory, debug: bool = False) -> bool:
    """Whether the net of a run can be trained in all `frameworks`; what is wrong is printed. Nothing is trained."""
    with started(frameworks, run, debug) as children:
        return accepted(run, children)


@contextmanager
def started(frameworks: Sequence[str], run: RunDirectory, debug: bool) -> Iterator[dict[str, "Child"]]:
    """A child for each of `frameworks`; those that still wait at the end are dismissed."""
    children: dict[str, Child] = {}
    try:
        for framework in frameworks:
            children[framework] = Child(framework, run, debug)
        yield children
    finally:
        for child in children.values():
            child.dismiss()


def accepted(run: RunDirectory, children: Mapping[str, "Child"]) -> bool:
    """Whether every child can train the net, and their nets are twins; what is wrong is said once."""
    ready = [child.is_ready() for child in children.values()]  # each of them says what is wrong with its own
    if not all(ready):
        return False
    try:
        study = run.load_study()
        check_parameters(trials(run, study), study.model.net)
    except StudyError as error:
        tell(str(error))
        return False
    return True


class Child:
    """One framework's process: it imports what it needs, tries the net, and then waits for its turn."""

    def __init__(self, framework: str, run: RunDirectory, debug: bool = False) -> None:
        """Start it; it ends by itself if this process does."""
        self.ready: bool | None = None
        self.line, theirs = socket.socketpair()
        parent, self.life = os.pipe()
        words = [f"{TURN}{theirs.fileno()}", f"{PARENT}{parent}"]
        launch = [interpreter(framework), "-P", "-m", "experiment.training.launch", framework, LEARNERS[framework].fit]
        path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
        with theirs, blocked():
            self.process = subprocess.Popen(
                [*launch, str(run.root.resolve()), *words, *["--debug"] * debug],
                env=QUIET | os.environ | {"PYTHONPATH": path},
                pass_fds=[theirs.fileno(), parent],
            )
        os.close(parent)

    def is_ready(self) -> bool:
        """Whether it has imported everything and can train the net, once it is known; not if its process has ended."""
        if self.ready is None:
            self.ready = False
            with suppress(ConnectionError):
                self.ready = bool(self.line.recv(1))
        return self.ready

    def begin(self) -> subprocess.Popen:
        """It is its turn."""
        with suppress(ConnectionError):
            self.line.sendall(b"!")
        return self.process

    def leave(self) -> subprocess.Popen:
        """It will have no turn."""
        self.line.close()
        return self.process

    def dismiss(self) -> None:
        """It is not needed any more."""
        self.process.kill()
        self.process.wait()
        self.line.close()
        os.close(self.life)


def _ended_by(number: int, came: Sequence[int]) -> str:
    if came[1:]:
        return f"was ended at once by a second signal, {signal.Signals(came[1]).name}"
    reason = " (the system does that when memory runs out)" if number == signal.SIGKILL else ""
    return f"was ended by {signal.Signals(number).name}{reason}"
