"""Progress of parts that workers train, from the histories that they write: for TensorBoard and the terminal."""

import json
import os
from typing import IO, Any

import numpy as np

from evaluation.judging.catalogue import label_of
from experiment.record.history import History
from experiment.record.progress import SHOWN, EpochBar
from experiment.rules.member_settings import member_settings
from experiment.training.workers.part_training import Job
from experiment.training.workers.parts import Part
from reporting.board.epoch_scalars import number_of

Line = dict[str, Any]


class Following:
    """Copies what the workers record into the history of the study, and shows it; a worker rewrites its file."""

    def __init__(self, job: Job, history: History, shown: bool = True) -> None:
        """Of the parts of `job`, into `history`, which has those that are finished; the bar is `shown`."""
        self.job, self.history = job, history
        self.read: dict[Part, tuple[int, int]] = {}  # inode and offset
        self.epochs: dict[Part, int] = {}
        self.over: set[Part] = set()
        self.reached = -1
        self.values: dict[str, dict[tuple[int, ...], float]] = {}
        self.seen = {_key(line) for line in history.lines}
        members, epochs = job.folds.members, member_settings(job.study, job.folds).longest
        self.bar = EpochBar(job.learner, epochs, len(members), 0, job.unit, shown)

    def start(self) -> None:
        """Show the bar; the history's file is written anew, since more is to come from other processes."""
        self.history.restart()
        self.bar.start()

    def stop(self) -> None:
        """Show what is new, and stop the bar."""
        self.look()
        self.bar.stop()

    def look(self) -> None:
        """Show what is new."""
        unfinished = set(self.job.parts.unfinished())
        waiting = [part for part in self.job.parts if part not in self.over]
        for part in waiting:
            lines = self._new_lines(part)
            if lines:
                self.history.extend(lines)
                self.epochs[part] = lines[-1]["epoch"]
            for line in lines:
                self._keep_values(line)
        self.over.update(part for part in waiting if part not in unfinished)
        training = [epoch for part, epoch in self.epochs.items() if part in unfinished]
        if (reached := min(training, default=-1)) > self.reached:
            self.reached = reached
            self.history.show_spread(reached)
        if self.values:
            done = len(self.job.folds.members) - sum(map(len, unfinished))
            values = {name: np.array([*found.values()]) for name, found in self.values.items()}
            self.bar.show(max(self.epochs.values(), default=0) + 1, done, values)

    def _new_lines(self, part: Part) -> list[Line]:
        path = self.job.parts.record(part).history
        try:
            with path.open("rb") as file:
                inode, size = os.fstat(file.fileno()).st_ino, os.fstat(file.fileno()).st_size
                before = self.read.get(part, (inode, 0))
                start = before[1] if before[0] == inode and before[1] <= size and _ends_a_line(file, before[1]) else 0
                file.seek(start)
                whole = file.read().rpartition(b"\n")[0]
        except FileNotFoundError:
            return []
        self.read[part] = inode, start + len(whole) + bool(whole)
        return [line for line in map(json.loads, whole.splitlines()) if self._is_new(line)]

    def _keep_values(self, line: Line) -> None:
        """The newest loss of each member, and the first of the metrics that the bar shows."""
        loss = ("validation loss", "validation_loss") if "validation_loss" in line else ("training loss", "train_loss")
        shown = [(label_of(name), f"validation_{name}") for name in SHOWN if f"validation_{name}" in line]
        for label, column in (loss, *shown):
            own = self.values.setdefault(label, {})
            own |= {tuple(key): number_of(value) for key, value in zip(line["members"], line[column], strict=True)}

    def _is_new(self, line: Line) -> bool:
        if _key(line) in self.seen:
            return False
        self.seen.add(_key(line))
        return True


def _ends_a_line(file: IO[bytes], place: int) -> bool:
    """Whether a line starts at `place`: a file that replaced another one may have its inode."""
    file.seek(max(0, place - 1))
    return place == 0 or file.read(1) == b"\n"


def _key(line: Line) -> tuple[int, int, tuple[int, ...]]:
    return line["epoch"], len(line["members"]), tuple(line["members"][0])  # a half has fewer members than its part
