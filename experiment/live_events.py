"""Event files while the training goes on, from the lines of its record: one for each fold, one for all of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datamodules.folds import Member
from evaluation import tags
from evaluation.board.epoch_scalars import Band, fold_scalars, live_tags
from evaluation.board.layout import band_layout
from evaluation.events import EventWriter, remove_events
from evaluation.fold_names import fold_names
from experiment.run_directory import FrameworkDirectory

Line = Mapping[str, Any]
INTERVAL = 0.5
"""Seconds between the epochs that are shown: TensorBoard looks every five, and each of them takes a millisecond."""


class LiveEvents:
    """Shows how the training goes, and every fold's last epoch. `publish` writes all of it when the study is judged."""

    def __init__(self, directory: FrameworkDirectory, members: Sequence[Member]) -> None:
        """`members` are all of the study's, which the directories are named by."""
        self.directory, self.names = directory, fold_names(members)
        self.writers: dict[Path, EventWriter] = {}
        self.others: dict[int, list[Line]] = defaultdict(list)
        self.band = Band()
        self.shown = float("-inf")
        self.waiting: Line | None = None

    def restart(self, members: Sequence[Member], others: Sequence[Line]) -> None:
        """Begin the files of these `members` anew, and that of all folds, which the lines of `others` belong to, too.

        Stacks train one after the other: an epoch's band is that of all stacks up to the one at work.
        """
        keys = [list(member) for member in members]
        if self.waiting and self.waiting["members"][0] not in keys:
            self._show(self.waiting)
        folders = [self.directory.fold(self.names[member]) for member in members]
        for folder in (*folders, self.directory.fold(tags.FOLDS_DIRECTORY)):
            if folder in self.writers:
                self.writers.pop(folder).close()
            remove_events(folder)
        self.band = Band()
        self.shown, self.waiting = float("-inf"), None
        self.others.clear()
        for line in others:
            self.others[line["epoch"]].append(line)

    def show(self, line: Line) -> None:
        """Show an epoch, or let it wait for the next one. Raises OSError if a file cannot be made."""
        if self.waiting and self.waiting["members"] != line["members"]:
            self._show(self.waiting)
        if 0 <= line["time"] - self.shown < INTERVAL:
            self.waiting = line
        else:
            self._show(line)

    def close(self) -> None:
        """Show what waits, and close every file."""
        if self.waiting:
            self._show(self.waiting)
        for writer in self.writers.values():
            writer.close()

    def _show(self, line: Line) -> None:
        """One event for each member of the line, and one for the band."""
        self.shown, self.waiting = line["time"], None
        for member, values in fold_scalars(line).items():
            self._write(self.directory.fold(self.names[member]), values, line)
        folder = self.directory.fold(tags.FOLDS_DIRECTORY)
        if folder not in self.writers:
            self._writer(folder).summaries([band_layout(live_tags(line))], step=0, wall_time=line["time"])
        self._write(folder, self.band.after([*self.others[line["epoch"]], line]), line)

    def _write(self, folder: Path, values: Mapping[str, float], line: Line) -> None:
        writer = self._writer(folder)
        writer.scalars(values, line["epoch"], line["time"])
        writer.flush()

    def _writer(self, folder: Path) -> EventWriter:
        if folder not in self.writers:
            self.writers[folder] = EventWriter(folder)
        return self.writers[folder]
