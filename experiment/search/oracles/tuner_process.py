"""The process that imports keras-tuner: started once for all oracles of this process, asked by lines of JSON."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from tempfile import TemporaryFile
from typing import Any

from configs.files.places import PROJECT
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.training.interrupts import blocked
from experiment.training.launch import PARENT

MODULE = "experiment.search.oracles.tuner_child"
BACKENDS = {"torch": "torch", "tensorflow": "tensorflow"}
"""Package -> Keras' backend that needs it; the first that is installed. With torch no TensorFlow is imported."""
ALONE = {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
"""It has no GPU, and one thread: a Gaussian process is small, and its sums have one order."""


class TunerProcess:
    """Counts the oracles that use it, and ends with the last of them, or with this process."""

    def __init__(self) -> None:
        """Start it; nothing is waited for. Raises RunError if keras-tuner or Keras' backend is not installed."""
        self.users = 0
        self.errors = TemporaryFile()  # noqa: SIM115  as long as the process
        parent, self.life = os.pipe()
        path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
        environment = {"KERAS_BACKEND": backend(), "PYTHONPATH": path}
        with blocked():
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", MODULE, f"{PARENT}{parent}"],
                env=os.environ | ALONE | environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.errors,
                pass_fds=[parent],
            )
        os.close(parent)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.questions, self.answers = self.process.stdin, self.process.stdout
        self.opened = 0

    def open(self, made: Mapping[str, Any]) -> int:
        """Make an oracle; return its number."""
        self.users += 1
        self.opened += 1
        self._write({"open": self.opened, **made})
        return self.opened

    def call(self, **question: Any) -> dict[str, Any]:
        """The answer to a question. Raises RunError if the process has ended, or cannot answer."""
        self._write(question)
        line = self.answers.readline()
        if not line.endswith(b"\n"):
            raise RunError(WRONG_STUDY, f"keras-tuner's process has ended: {self._last_words()}; run again")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RunError(WRONG_STUDY, f"keras-tuner: {answer['error']}")
        return answer

    def release(self) -> None:
        """One oracle fewer uses it; the last one ends it."""
        self.users -= 1
        if self.users <= 0:
            _running[:] = [one for one in _running if one is not self]
            self.process.kill()
            self.process.wait()
            os.close(self.life)
            for stream in (self.questions, self.answers, self.errors):
                with suppress(BrokenPipeError):
                    stream.close()

    def _write(self, question: Mapping[str, Any]) -> None:
        try:
            self.questions.write(json.dumps(question).encode() + b"\n")
            self.questions.flush()
        except BrokenPipeError:
            raise RunError(WRONG_STUDY, f"keras-tuner's process has ended: {self._last_words()}; run again") from None

    def _last_words(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {self.process.wait()}"


_running: list[TunerProcess] = []


def start() -> None:
    """Start the process for oracles that are yet to be made; what is wrong with it is told when they are."""
    with suppress(RunError):
        lease()


def lease() -> TunerProcess:
    """The process of all oracles, started if there is none. Raises RunError if it cannot be."""
    if not _running:
        _running.append(TunerProcess())
    return _running[0]


def backend() -> str:
    """The name of Keras' backend: of the framework that is installed. Raises RunError without keras-tuner or one."""
    if find_spec("keras_tuner") is None:
        cure = "run `make setup`, or set search.oracle=grid, which needs no package"
        raise RunError(WRONG_STUDY, f"search.oracle: keras-tuner is not installed for {sys.executable}; {cure}")
    found = [name for package, name in BACKENDS.items() if find_spec(package) is not None]
    if not found:
        raise RunError(WRONG_STUDY, "search.oracle: keras-tuner needs torch or TensorFlow; set search.oracle=grid")
    return found[0]
