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

from experiment.atomic import write_bytes

State = dict[str, NDArray]


class Checkpoints:
    """The newest two states of one stack, `part` of a study, in `directory`."""

    def __init__(self, directory: Path, part: int, every_seconds: float = 20.0) -> None:
        """A state is due every `every_seconds`."""
        self.directory, self.part, self.every_seconds = directory, part, every_seconds
        self.written = time.monotonic()

    def due(self) -> bool:
        """Whether it is time for the next state."""
        return time.monotonic() - self.written >= self.every_seconds

    def save(self, epoch: int, state: State) -> None:
        """Keep `state` at the end of `epoch`, and drop all but the one before. Raises OSError."""
        self.directory.mkdir(exist_ok=True)
        payload = save({name: np.ascontiguousarray(array) for name, array in state.items()})
        header = json.dumps({"epoch": epoch, "sha256": hashlib.sha256(payload).hexdigest()}).encode()
        write_bytes(self._path(epoch), header + b"\n" + payload)
        self.written = time.monotonic()
        for older in self._epochs()[:-2]:
            self._path(older).unlink(missing_ok=True)

    def newest(self) -> tuple[int, State] | None:
        """The newest state that is whole, with its epoch; a damaged one is passed over with a warning."""
        for epoch in reversed(self._epochs()):
            header, _, payload = self._path(epoch).read_bytes().partition(b"\n")
            try:
                if json.loads(header)["sha256"] == hashlib.sha256(payload).hexdigest():
                    return epoch, load(payload)
            except (ValueError, KeyError, TypeError, SafetensorError):
                pass
            warnings.warn(f"{self._path(epoch)}: is damaged; the one before is used", stacklevel=2)
        return None

    def clear(self) -> None:
        """The part is done: nothing is left to resume."""
        for epoch in self._epochs():
            self._path(epoch).unlink()

    def _path(self, epoch: int) -> Path:
        return self.directory / f"part_{self.part:04d}_epoch_{epoch:06d}.safetensors"

    def _epochs(self) -> list[int]:
        found = self.directory.glob(f"part_{self.part:04d}_epoch_*.safetensors")
        return sorted(int(path.stem.rsplit("_", 1)[1]) for path in found)
