"""Checkpoints to resume from: written atomically, verified when read, ordered by epoch."""

import hashlib
import json
import time
import warnings
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from configs.errors import Notice, StudyError
from configs.files.atomic import write_bytes
from configs.files.real_files import make_folder
from experiment.run.files.reading import read_bytes

State = dict[str, NDArray]
SHOWN_NAMES = 5


class Checkpoints:
    """The newest two states and, finally, the result of one stack: `part` of a study, by number or name."""

    def __init__(
        self, directory: Path, part: int | str, every_seconds: float = 20.0, mark: Mapping[str, NDArray] | None = None
    ) -> None:
        """A state is due every `every_seconds`, and has the `mark` of its run: one with another mark is ignored."""
        self.directory, self.every_seconds, self.mark = directory, every_seconds, dict(mark or {})
        self.part = part if isinstance(part, str) else f"{part:04d}"
        self.written = time.monotonic()

    def due(self) -> bool:
        """Whether it is time for the next state."""
        return time.monotonic() - self.written >= self.every_seconds

    def save(self, epoch: int, state: State) -> None:
        """Save `state` at the end of `epoch`, and delete all but the one before. Raises OSError."""
        write_state(self._path(epoch), state | self.mark | {"epoch": np.array(epoch)})
        self.written = time.monotonic()
        for older in self._epochs()[:-2]:
            self._path(older).unlink(missing_ok=True)

    def newest(self) -> tuple[int, State] | None:
        """The newest undamaged state, with its epoch; a damaged one is skipped with a warning."""
        for epoch in reversed(self._epochs()):
            if state := read_state(self._path(epoch), self.mark):
                return int(state.pop("epoch")), state
        return None

    def check(self, epoch: int, state: State, expected: State) -> None:
        """Raises StudyError if the `state` of `epoch` does not have the names of `expected`."""
        found = [f"no {name}" for name in sorted(expected.keys() - state.keys())]
        found += [f"an unknown {name}" for name in sorted(state.keys() - expected.keys())]
        if found:
            raise _of_another_version(self._path(epoch), found)

    def finish(self, result: State) -> None:
        """Save the result of the part and delete its states. Raises OSError."""
        write_state(self.finished, result | self.mark)
        self.drop()

    def drop(self) -> None:
        """Delete the states. Raises OSError."""
        for epoch in self._epochs():
            self._path(epoch).unlink()

    def result(self) -> State | None:
        """The result of the part, or None if it is not finished. Raises StudyError if another version wrote it."""
        state = read_state(self.finished, self.mark) if self.finished.is_file() else None
        if state and "history" not in state:
            raise _of_another_version(self.finished, ["no history"])
        return state

    @property
    def finished(self) -> Path:
        """File of the result."""
        return self.directory / f"part_{self.part}.safetensors"

    def _path(self, epoch: int) -> Path:
        return self.directory / f"part_{self.part}_epoch_{epoch:06d}.safetensors"

    def _epochs(self) -> list[int]:
        found = self.directory.glob(f"part_{self.part}_epoch_*.safetensors")
        return sorted(int(path.stem.rsplit("_", 1)[1]) for path in found)


def _of_another_version(path: Path, found: Sequence[str]) -> StudyError:
    cause = f"was written by another version of this program (it has {', '.join(found[:SHOWN_NAMES])})"
    return StudyError([f"{path}: {cause}; start a new run"])


def begun_with(directory: Path, mark: Mapping[str, NDArray], name: str) -> NDArray | None:
    """The array `name` of the first undamaged state in `directory` with this `mark`; None if there is no such state."""
    for path in sorted(directory.glob("part_*.safetensors")):
        if state := read_state(path, mark):
            return state.get(name)
    return None


def pack(value: Any) -> NDArray[np.uint8]:
    """Encode a JSON value as an array of bytes, for a state."""
    return np.frombuffer(zlib.compress(json.dumps(value).encode(), 1), np.uint8)


def unpack(array: NDArray[np.uint8]) -> Any:
    """Decode an array of `pack`."""
    return json.loads(zlib.decompress(array.tobytes()))


def write_state(path: Path, state: State) -> None:
    """Write arrays by name and, in a first line, their digest. Raises OSError."""
    make_folder(path.parent)
    payload = save({name: np.asarray(array, order="C") for name, array in state.items()})
    write_bytes(path, json.dumps({"sha256": hashlib.sha256(payload).hexdigest()}).encode() + b"\n" + payload)


def read_state(path: Path, mark: Mapping[str, NDArray] | None = None) -> State | None:
    """Read a file of `write_state`, without its `mark`; None, and a warning, if it is damaged or has another one.

    Raises StudyError if it cannot be read.
    """
    header, _, payload = read_bytes(path, "start a new run").partition(b"\n")
    cause = "is damaged"
    try:
        if json.loads(header)["sha256"] == hashlib.sha256(payload).hexdigest():
            state: State = load(payload)
            told = {name: state.pop(name) for name in mark or {} if name in state}  # an older version wrote none
            if all(np.array_equal(value, (mark or {})[name]) for name, value in told.items()):
                return state
            cause = "is of another run, or of another study than study.yaml"
    except (ValueError, KeyError, TypeError, SafetensorError):
        pass
    warnings.warn(f"{path}: {cause}; the training goes on from before it", Notice, stacklevel=2)
    return None
