"""Training history: `history.jsonl`, one line of JSON an epoch, and live TensorBoard event files."""

import json
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from configs.errors import Notice
from configs.files.atomic import appending, naming, write_text
from configs.member import Member
from experiment.record.epoch_record import EpochRecord
from experiment.record.live_events import LiveEvents
from experiment.record.log import log
from experiment.run.files.reading import read_bytes, read_json_lines
from experiment.run.framework_directory import FrameworkDirectory

Line = dict[str, Any]


class History:
    """Appends epoch records to `history.jsonl`, and to event files while `events` is true."""

    def __init__(self, directory: FrameworkDirectory, members: tuple[Member, ...], events: bool) -> None:
        """`members` are all of the study's, which give the folds their names."""
        self.directory, self.events = directory, LiveEvents(directory, members) if events else None
        self.file: IO[str] = _opened(directory.history)
        self.lines: list[Line] = []
        self.newest: tuple[Sequence[Member], int] | None = None

    def recall(self, lines: Sequence[Line]) -> None:
        """Start with the `lines` of a checkpoint; the file is not read."""
        begun = {tuple(line["members"][0]) for line in lines}
        if [line for line in self.lines if tuple(line["members"][0]) in begun] == lines:
            return
        self.lines = [line for line in self.lines if tuple(line["members"][0]) not in begun] + list(lines)

    def of(self, members: Sequence[Member]) -> list[Line]:
        """The lines of the stack of these `members`."""
        keys = {tuple(member) for member in members}
        return [line for line in self.lines if tuple(line["members"][0]) in keys]

    def write(self, record: EpochRecord) -> None:
        """Write one line, and the events of the active members; an epoch is written once.

        Raises OSError for the line alone.
        """
        if self.newest == (record.members, record.epoch):
            return
        self.newest = record.members, record.epoch
        self.add(record.line() | {"time": round(time.time(), 3)})

    def add(self, line: Line) -> None:
        """Write the `line` of an epoch, and its events. Raises OSError for the line alone."""
        self.lines.append(line)
        with naming(self.directory.history):
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()
        self._events(partial(LiveEvents.show, line=line))

    def restart(self) -> None:
        """Write the file and the event files anew, from the lines in memory: more is to come from other processes."""
        self.file.close()
        write_text(self.directory.history, _text(self.lines))
        self.file = _opened(self.directory.history)
        self._events(partial(LiveEvents.restart, members=(), others=self.lines))

    def extend(self, lines: Sequence[Line]) -> None:
        """Write the `lines` of a stack that another process trains; of its folds the events of the newest one alone.

        Raises OSError for the lines alone.
        """
        self.lines += lines
        with naming(self.directory.history):
            self.file.write("".join(json.dumps(line) + "\n" for line in lines))
            self.file.flush()
        if lines:
            self._events(partial(LiveEvents.show_folds, line=lines[-1]))

    def show_spread(self, epoch: int) -> None:
        """Write the events of all folds together in `epoch`, which every stack in training has reached."""
        self._events(partial(LiveEvents.show_spread, lines=[line for line in self.lines if line["epoch"] == epoch]))

    def rewind(self, members: Sequence[Member], epoch: int) -> None:
        """Drop the lines of these `members` after `epoch`, which a resumed run writes again.

        The file, and their event files, are rewritten: a killed run leaves them truncated.
        """
        self.newest = None
        keys = {tuple(member) for member in members}
        others = [line for line in self.lines if tuple(line["members"][0]) not in keys]
        kept = [line for line in self.of(members) if line["epoch"] <= epoch]
        self.lines = others + kept
        self.settle()
        self.file = _opened(self.directory.history)
        self._events(partial(LiveEvents.restart, members=members, others=others))
        for line in kept:
            self._events(partial(LiveEvents.show, line=line))

    def settle(self) -> None:
        """Rewrite the file from the record in memory; other lines of the file are dropped, with a line in the log."""
        self.file.close()
        path, text = self.directory.history, _text(self.lines)
        if not read_bytes(path, "remove it").startswith(text.encode()):
            log.info("%s: is not what the states have kept of it; made anew from them", path.name)
        write_text(path, text)

    def arrange(self, members: Sequence[Member]) -> None:
        """Put the stacks in the order of `members`, whichever was trained first; the file is settled."""
        places = {tuple(member): place for place, member in enumerate(members)}
        arranged = sorted(self.lines, key=lambda line: min(places[tuple(key)] for key in line["members"]))
        if arranged != self.lines:
            self.lines = arranged
            write_text(self.directory.history, _text(self.lines))

    def close(self) -> None:
        """Close every file; more may still be written later, to new event files."""
        self.file.close()
        self._events(LiveEvents.close)

    def _events(self, act: Callable[[LiveEvents], None]) -> None:
        """Apply `act` to the event files, if they are enabled, until one fails."""
        if not self.events:
            return
        try:
            act(self.events)
        except OSError as error:
            self.events = None
            cause = f"{error.filename}: {error.strerror}"
            warnings.warn(f"{cause}; no more event files are written, history.jsonl has it all", Notice, stacklevel=3)

    def __enter__(self) -> "History":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _opened(path: Path) -> IO[str]:
    return TextIOWrapper(appending(path), encoding="utf-8")


def read_history(path: Path) -> list[Line]:
    """The records of `history.jsonl`, in order; a last line that a crash truncated is left out.

    Raises StudyError for any other line that is not JSON, and for a file that cannot be read.
    """
    return read_json_lines(path, "start a new run") if path.is_file() else []


def lines_of(lines: Sequence[Line], members: Sequence[Sequence[int]]) -> list[Line]:
    """The records of these `members` alone, by their keys; an epoch in which none of them trained has none."""
    keys, found = {tuple(member) for member in members}, []
    for line in lines:
        if places := [place for place, key in enumerate(line["members"]) if tuple(key) in keys]:
            of_members = {
                name: [values[place] for place in places] for name, values in line.items() if isinstance(values, list)
            }
            found.append(line | of_members)
    return found


def write_history(path: Path, lines: Sequence[Line]) -> None:
    """Write records as `read_history` reads them. Raises OSError."""
    write_text(path, _text(lines))


def _text(lines: Sequence[Line]) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)
