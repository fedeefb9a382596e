"""Parent's end of a framework's process: start it before there is a run, send it the run and its data, wait.

Little is imported here: the children import their frameworks while the parent imports what it needs and reads the data.
"""

import json
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from configs.files.places import PROJECT
from configs.learners import BASELINES, absence, learner
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.training.interrupts import blocked
from experiment.training.launch import AHEAD, PARENT
from experiment.training.turn import DATA, TURN

if TYPE_CHECKING:
    from datamodules.fold_data import FoldData

# What TensorFlow says at its start, before a line of Python can ask it not to.
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
TUNER = "experiment.search.oracles.tuner_process"
"""Starts the process of keras-tuner."""


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
    module = learner(framework).module
    if interpreter(framework) == sys.executable and find_spec(module) is None:
        cure = "run `make setup`, or choose the other one with framework=..."
        raise RunError(WRONG_STUDY, f"{framework}: {module} is not installed for {sys.executable}; {cure}")


class Children(dict[str, "Child"]):
    """The processes of a run by framework, and the unnamed file in which their data is handed to them."""

    def __init__(self, file: IO[bytes]) -> None:
        """None has been started yet."""
        super().__init__()
        self.file = file

    def hand(self, root: Path, folds: "FoldData | None" = None) -> None:
        """Tell every child the directory of its run, and hand it the data; without `folds` it reads them itself."""
        if folds is not None:
            pickle.dump(folds, self.file, protocol=pickle.HIGHEST_PROTOCOL)
            self.file.flush()
        for child in self.values():
            child.hand(root, folds is not None)


@contextmanager
def started(frameworks: Sequence[str], debug: bool = False, tuner: bool = False) -> Iterator[Children]:
    """A child for each of `frameworks`, which imports it; those that still wait at the end are dismissed.

    With `tuner` that of a framework starts keras-tuner's process, which its search will ask.
    Raises RunError, before any starts, if one of the frameworks is not there.
    """
    for framework in frameworks:
        require(framework)
    with TemporaryFile() as file:
        children = Children(file)
        try:
            for framework in frameworks:
                more = [f"{AHEAD}{TUNER}"] * (tuner and framework != BASELINES.name)
                children[framework] = Child(framework, debug, file, more)
            yield children
        finally:
            for child in children.values():
                child.dismiss()


class Child:
    """One framework's process: it imports what it needs, is handed a run, tries the net, and waits for its turn."""

    def __init__(self, framework: str, debug: bool, file: IO[bytes], more: Sequence[str] = ()) -> None:
        """Start it, with `more` options; it ends by itself if this process does. `file` is where its data will be."""
        self.ready: bool | None = None
        self.line, theirs = socket.socketpair()
        # Another environment may have another version of NumPy, whose arrays are pickled in another way.
        self.shares = interpreter(framework) == sys.executable
        data = [f"{DATA}{file.fileno()}"] if self.shares else []
        words = [f"{TURN}{theirs.fileno()}", *data, *["--debug"] * debug, *more]
        launch = [interpreter(framework), "-P", "-m", "experiment.training.launch", framework, learner(framework).fit]
        with theirs:
            files = [theirs.fileno(), *[file.fileno()] * self.shares]
            self.process, self.life = launched([*launch, *words], files)

    def hand(self, root: Path, data: bool) -> None:
        """Tell it the directory of its run, and whether there is `data` for it."""
        with suppress(ConnectionError):
            self.line.sendall(json.dumps([str(root.resolve()), data and self.shares]).encode() + b"\n")

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


def launched(
    command: Sequence[str],
    files: Sequence[int],
    environment: Mapping[str, str] | None = None,
    apart: bool = False,
) -> tuple[subprocess.Popen, int]:
    """Start a process of `experiment.training.launch`, and keep `files` open in it; `environment` is added to its own.

    Keys pressed at the terminal do not come to one that is `apart`.

    It ends by itself when the file that is returned beside it is closed, as it is when this process ends.
    """
    parent, life = os.pipe()
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    try:
        with blocked():
            process = subprocess.Popen(
                [*command, f"{PARENT}{parent}"],
                env=QUIET | os.environ | {"PYTHONPATH": path} | dict(environment or {}),
                pass_fds=[parent, *files],
                process_group=0 if apart else None,
            )
    finally:
        os.close(parent)
    return process, life
