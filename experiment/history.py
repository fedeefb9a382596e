"""The record of the epochs: one line of JSON each, and the same numbers as event files of every fold."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from datamodules.folds import Member
from evaluation.events import EventWriter
from experiment.atomic import write_text
from experiment.record import EpochRecord
from experiment.run_directory import FrameworkDirectory


def fold_name(member: Member, members: tuple[Member, ...]) -> str:
    """Directory of a member's event files: `fold_03`, with repeat, seed or trial where a study has several."""
    parts = [f"fold_{member.fold:02d}"]
    for field in ("repeat", "seed", "trial"):
        if len({getattr(other, field) for other in members}) > 1:
            parts.append(f"{field}_{getattr(member, field):02d}")
    return "_".join(parts)


class History:
    """Appends epoch records to `history.jsonl`, and to event files while `events` is true."""

    def __init__(self, directory: FrameworkDirectory, members: tuple[Member, ...], events: bool) -> None:
        """`members` are all of the study's, which the directories are named by."""
        self.directory, self.members, self.events = directory, members, events
        self.writers: dict[Member, EventWriter] = {}
        self.file: IO[str] = directory.history.open("a")

    def write(self, record: EpochRecord) -> None:
        """One line, and one event for each member that was active."""
        self.file.write(json.dumps(record.line() | {"time": round(time.time(), 3)}) + "\n")
        self.file.flush()
        if self.events:
            for index in record.active.nonzero()[0].tolist():
                self._writer(record.members[index]).scalars(record.scalars(index), record.epoch)

    def rewind(self, members: Sequence[Member], epoch: int) -> None:
        """Drop what these `members` wrote after `epoch`: a resumed run is about to write it again."""
        keys = [list(member) for member in members]
        kept = [r for r in read_history(self.directory.history) if r["epoch"] <= epoch or r["members"][0] not in keys]
        self.file.close()
        write_text(self.directory.history, "".join(json.dumps(record) + "\n" for record in kept))
        self.file = self.directory.history.open("a")

    def _writer(self, member: Member) -> EventWriter:
        if member not in self.writers:
            self.writers[member] = EventWriter(self.directory.fold(fold_name(member, self.members)))
        return self.writers[member]

    def close(self) -> None:
        """Close every file; more may still be written later, to new event files."""
        self.file.close()
        for writer in self.writers.values():
            writer.close()

    def __enter__(self) -> "History":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_history(path: Path) -> list[dict[str, Any]]:
    """The records of `history.jsonl`, in order; a last line that was cut off by a crash is left out."""
    lines = path.read_text().splitlines() if path.is_file() else []
    records = []
    for number, line in enumerate(lines):
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            if number != len(lines) - 1:
                raise
    return records
