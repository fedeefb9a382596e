"""Parts of a study: stacks of consecutive members, each with states, a result and a lock of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configs.files.real_files import make_folder
from experiment.run.exit_codes import CANNOT_WRITE, RunError
from experiment.run.files.checkpoints import Checkpoints, State, read_state, write_state
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.locks import acquired


@dataclass(frozen=True)
class Part:
    """Members `start` to `stop` of a study, which train as one stack; its files have its `name`."""

    name: str
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def indices(self) -> range:
        """Places of its members in the study."""
        return range(self.start, self.stop)

    @property
    def halves(self) -> tuple["Part", "Part"]:
        """Both halves; the first is the larger one."""
        middle = self.start + (len(self) + 1) // 2
        return Part(f"{self.name}a", self.start, middle), Part(f"{self.name}b", middle, self.stop)


class Parts:
    """The parts of a study in a folder that several processes share.

    They are cut by `size`; one that a device had no memory for has been cut in halves, which a file in the folder
    tells. Which are finished, and whose lock is held, is all that the processes know of one another.
    """

    def __init__(self, directory: Path, members: int, size: int, mark: Mapping[str, NDArray]) -> None:
        """Of `members`, `size` in a part; the files have the `mark` of their run."""
        self.directory, self.mark = directory, dict(mark)
        starts = range(0, members, size)
        self.cut = [Part(f"{number:04d}", start, min(start + size, members)) for number, start in enumerate(starts)]

    def __iter__(self) -> Iterator[Part]:
        """All parts, in the order of their members."""
        for part in self.cut:
            yield from self._leaves(part)

    def only(self, part: Part) -> "Parts":
        """This `part` alone, in the same folder."""
        return self._with(self.directory, [part])

    def moved(self, directory: Path) -> "Parts":
        """The same parts in another folder."""
        return self._with(directory, self.cut)

    def unfinished(self) -> list[Part]:
        """The parts without a result, the largest first, else in the order of their members."""
        return sorted((part for part in self if not self._is_finished(part)), key=len, reverse=True)

    def checkpoints(self, part: Part) -> Checkpoints:
        """States and result of `part`."""
        return Checkpoints(self.directory, part.name, mark=self.mark)

    def record(self, part: Part) -> FrameworkDirectory:
        """Folder of the history of `part`, which the worker makes that trains it."""
        return FrameworkDirectory(self.directory / f"part_{part.name}")

    @contextmanager
    def claimed(self, part: Part) -> Iterator[bool]:
        """Whether `part` is open and nobody else trains it; it is this process's until the end, or until that dies."""
        make_folder(self.directory)
        lock = acquired(self.directory / f"part_{part.name}.lock") if self._is_open(part) else None
        if lock is None:
            yield False
            return
        try:
            yield self._is_open(part)
        finally:
            lock.release()

    def halve(self, part: Part) -> None:
        """Train the halves of `part` instead, each from its own state if it has one. Raises OSError."""
        write_state(self._halved(part), {"members": np.array([part.start, part.stop]), **self.mark})
        self.checkpoints(part).drop()

    def check(self) -> None:
        """Remove damaged results, and those of another study: their parts are trained again. Warns of each."""
        for part in self.cut:
            for path in sorted(self.directory.glob(f"part_{part.name}*_halved.safetensors")):
                if read_state(path, self.mark) is None:
                    path.unlink()
        for part in self:
            if self._is_finished(part) and self.checkpoints(part).result() is None:
                self.checkpoints(part).finished.unlink()

    def result(self, part: Part) -> State:
        """The result of a finished `part`. Raises RunError if it has been damaged."""
        state = self.checkpoints(part).result()
        if state is None:
            place = self.checkpoints(part).finished
            raise RunError(CANNOT_WRITE, f"{place}: cannot be read again; the disk may be faulty: go on with --resume")
        return state

    def _with(self, directory: Path, cut: list[Part]) -> "Parts":
        other = Parts(directory, 0, 1, self.mark)
        other.cut = cut
        return other

    def _leaves(self, part: Part) -> Iterator[Part]:
        if len(part) > 1 and self._halved(part).is_file():
            for half in part.halves:
                yield from self._leaves(half)
        else:
            yield part

    def _is_open(self, part: Part) -> bool:
        return not self._is_finished(part) and not self._halved(part).is_file()

    def _is_finished(self, part: Part) -> bool:
        return self.checkpoints(part).finished.is_file()

    def _halved(self, part: Part) -> Path:
        return self.directory / f"part_{part.name}_halved.safetensors"
