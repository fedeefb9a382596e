"""States to resume from: written whole, checked when read, never chosen by their time."""

import hashlib
import json
import time
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from configs.atomic import write_bytes
from configs.errors import StudyError
from configs.real_files import make_folder
from experiment.reading import read_bytes

State = dict[str, NDArray]
SHOWN_NAMES = 5


class Checkpoints:
    """The newest two states of one stack, `part` of a study, and at last what came out of it, in `directory`."""

    def __init__(self, directory: Path, part: int, every_seconds: float = 20.0) -> None:
        """A state is due every `every_seconds`."""
        self.directory, self.part, self.every_seconds = directory, part, every_seconds
        self.written = time.monotonic()

    def due(self) -> bool:
        """Whether it is time for the next state."""
        return time.monotonic() - self.written >= self.every_seconds

    def save(self, epoch: int, state: State) -> None:
        """Keep `state` at the end of `epoch`, and drop all but the one before. Raises OSError."""
        write_state(self._path(epoch), state | {"epoch": np.array(epoch)})
        self.written = time.monotonic()
        for older in self._epochs()[:-2]:
            self._path(older).unlink(missing_ok=True)

    def newest(self) -> tuple[int, State] | None:
        """The newest state that is whole, with its epoch; a damaged one is passed over with a warning."""
        for epoch in reversed(self._epochs()):
            if state := read_state(self._path(epoch)):
                return int(state.pop("epoch")), state
        return None

    def check(self, epoch: int, state: State, expected: State) -> None:
        """Raises StudyError if the `state` of `epoch` has not the names that are `expected` of it."""
        found = [f"no {name}" for name in sorted(expected.keys() - state.keys())]
        found += [f"an unknown {name}" for name in sorted(state.keys() - expected.keys())]
        if found:
            cause = f"was written by another version of this program (it has {', '.join(found[:SHOWN_NAMES])})"
            raise StudyError([f"{self._path(epoch)}: {cause}; start a new run"])

    def finish(self, result: State) -> None:
        """Keep what came out of the part; nothing is left to resume. Raises OSError."""
        write_state(self._finished, result)
        for epoch in self._epochs():
            self._path(epoch).unlink()

    def result(self) -> State | None:
        """What came out of the part, or None if it is not finished."""
        return read_state(self._finished) if self._finished.is_file() else None

    @property
    def _finished(self) -> Path:
        return self.directory / f"part_{self.part:04d}.safetensors"

    def _path(self, epoch: int) -> Path:
        return self.directory / f"part_{self.part:04d}_epoch_{epoch:06d}.safetensors"

    def _epochs(self) -> list[int]:
        found = self.directory.glob(f"part_{self.part:04d}_epoch_*.safetensors")
        return sorted(int(path.stem.rsplit("_", 1)[1]) for path in found)


def write_state(path: Path, state: State) -> None:
    """Write arrays by name and, in a first line, their digest. Raises OSError."""
    make_folder(path.parent)
    payload = save({name: np.asarray(array, order="C") for name, array in state.items()})
    write_bytes(path, json.dumps({"sha256": hashlib.sha256(payload).hexdigest()}).encode() + b"\n" + payload)


def read_state(path: Path) -> State | None:
    """What `write_state` wrote, or None, and a warning, if it is damaged. Raises StudyError."""
    header, _, payload = read_bytes(path, "start a new run").partition(b"\n")
    try:
        if json.loads(header)["sha256"] == hashlib.sha256(payload).hexdigest():
            state: State = load(payload)
            return state
    except (ValueError, KeyError, TypeError, SafetensorError):
        pass
    warnings.warn(f"{path}: is damaged; the training goes on from before it", stacklevel=2)
    return None
