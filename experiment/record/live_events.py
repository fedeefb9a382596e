"""Live TensorBoard event files during training, from the lines of its record, in the layout of `publish`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from configs.member import Member
from evaluation.folds.names import fold_names
from experiment.run.framework_directory import FrameworkDirectory
from reporting.board.epoch_scalars import fold_scalars, live_tags, spread_scalars
from reporting.board.events import EventWriter, remove_events
from reporting.board.layout import fold_layout

Line = Mapping[str, Any]
INTERVAL = 0.5
"""Seconds between the epochs that are written: TensorBoard reloads every five, and each takes a millisecond."""


class LiveEvents:
    """Writes the progress of a training, and every fold's last epoch. `publish` writes all epochs at its end."""

    def __init__(self, directory: FrameworkDirectory, members: Sequence[Member]) -> None:
        """`members` are all of the study's, which give the folds their names."""
        self.directory, self.names = directory, fold_names(members)
        self.writer: EventWriter | None = None
        self.others: dict[int, list[Line]] = defaultdict(list)
        self.shown = float("-inf")
        self.waiting: Line | None = None

    def restart(self, members: Sequence[Member], others: Sequence[Line]) -> None:
        """Start a new file for these `members`, with the folds of the lines of `others`.

        Stacks train one after the other: an epoch's median is that of all stacks up to the current one.
        """
        self._drop()
        self.shown, self.waiting = float("-inf"), None
        self.others.clear()
        for line in others:
            self.others[line["epoch"]].append(line)
        for line in paced(others):
            self._write(fold_scalars(line, self.names), line)

    def show(self, line: Line) -> None:
        """Write an epoch, or hold it until the next one. Raises OSError if a file cannot be made."""
        if self.waiting and self.waiting["members"] != line["members"]:
            self._show(self.waiting)
        if 0 <= line["time"] - self.shown < INTERVAL:
            self.waiting = line
        else:
            self._show(line)

    def show_folds(self, line: Line) -> None:
        """Write an epoch of the folds of a stack that trains beside others. Raises OSError if no file can be made."""
        self._write(fold_scalars(line, self.names), line)

    def show_spread(self, lines: Sequence[Line]) -> None:
        """Write the spread over the folds in an epoch, from its lines, one for each stack that has reached it."""
        if lines:
            self._write(spread_scalars(lines), lines[-1])

    def close(self) -> None:
        """Write pending epochs, and close the file."""
        if self.waiting:
            self._show(self.waiting)
        if self.writer:
            self.writer.close()

    def _show(self, line: Line) -> None:
        self.shown, self.waiting = line["time"], None
        spread = spread_scalars([*self.others[line["epoch"]], line])
        self._write(spread | fold_scalars(line, self.names), line)

    def _write(self, values: Mapping[str, float], line: Line) -> None:
        if self.writer is None:
            self.writer = EventWriter(self.directory.root)
            self.writer.summaries([fold_layout(live_tags(line))], step=0, wall_time=line["time"])
        self.writer.scalars(values, line["epoch"], line["time"])
        self.writer.flush()

    def _drop(self) -> None:
        if self.writer:
            self.writer.close()
            self.writer = None
        remove_events(self.directory.root)


def paced(lines: Sequence[Line]) -> Iterator[Line]:
    """Those of `lines` that `LiveEvents` would have written: `INTERVAL` apart, and the last one of every fold."""
    shown = float("-inf")
    for line, following in zip_longest(lines, lines[1:]):
        last = following is None or following["members"] != line["members"]
        if last or not 0 <= line["time"] - shown < INTERVAL:
            shown = line["time"]
            yield line
