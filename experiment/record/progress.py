"""Progress bar of a training on a terminal; nothing in a file or a pipe."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from evaluation.judging.catalogue import label_of
from experiment.record.epoch_record import EpochRecord, means

SHOWN = ("auroc", "rmse")
"""Live metrics beside the loss: the first one that the task has."""


class _Above(NamedTuple):
    console: Console
    note: Callable[[float], None]


_ABOVE: ContextVar[_Above | None] = ContextVar("above", default=None)


@contextmanager
def below(console: Console, note: Callable[[float], None]) -> Iterator[None]:
    """Show the bars that begin inside below what is live on `console`, as long as they train.

    `note` is called after each epoch, with the share of the training that is behind it.
    """
    token = _ABOVE.set(_Above(console, note))
    try:
        yield
    finally:
        _ABOVE.reset(token)


class EpochBar:
    """Two lines, each within 80 columns: epochs and time; finished folds, and means over the folds.

    A closed terminal stops neither the training nor the saving of its state.
    """

    def __init__(
        self, framework: str, epochs: int, folds: int = 0, before: int = 0, unit: str = "fold", shown: bool = True
    ) -> None:
        """Shown only if standard error is a terminal.

        Args:
            framework: name of the framework.
            epochs: their largest number.
            folds: number of all stacks; 0 counts those of the records alone.
            before: folds that earlier stacks have trained.
            unit: what a member is called, `fold` or `model`.
            shown: whether it is shown at all.
        """
        self.epochs, self.folds, self.before, self.unit = epochs, folds, before, unit
        self.latest: dict[str, NDArray[np.float64]] = {}
        self.above = _ABOVE.get()
        self.progress = _TwoLines(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=20),
            TextColumn("epoch"),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.above.console if self.above else Console(stderr=True),
            disable=not (shown and sys.stderr.isatty()),
            transient=self.above is not None,
        )
        self.task = self.progress.add_task(framework, total=epochs, state="starting")

    def start(self) -> None:
        """Show the bar."""
        with suppress(OSError):
            self.progress.start()

    def update(self, record: EpochRecord, still_active: int) -> None:
        """Show an epoch; `still_active` folds of the record continue, unless it was the last epoch."""
        self.latest = latest(self.latest, record)
        going_on = still_active if record.epoch + 1 < self.epochs else 0
        self.folds = max(self.folds, self.before + len(record.members))
        self.show(record.epoch + 1, self.before + len(record.members) - going_on, self.latest)

    def show(self, epochs: int, done: int, values: Mapping[str, NDArray[np.float64]]) -> None:
        """Show that so many `epochs` are over and folds are `done`, and the means of `values`, each `(folds,)`."""
        if self.above:
            own = len(next(iter(values.values())))
            self.above.note((self.before + own * epochs / self.epochs) / self.folds)
        with suppress(OSError):
            state = describe(done, self.folds, values, self.unit)
            self.progress.update(self.task, completed=epochs, state=state)

    def stop(self) -> None:
        """Stop the bar; its last lines stay on the screen."""
        with suppress(OSError):
            self.progress.stop()


class _TwoLines(Progress):
    """The state of each task on a line of its own below its bar, wrapped where the terminal is narrow."""

    def get_renderables(self) -> Iterable[RenderableType]:
        for task in self.tasks:
            yield self.make_tasks_table([task])
            yield Text(f"  {task.fields['state']}")


def latest(known: Mapping[str, NDArray[np.float64]], record: EpochRecord) -> dict[str, NDArray[np.float64]]:
    """Name -> newest value of each member, `(members,)`; a member that has stopped keeps its last one.

    The loss is that of the validation rows, or of the training rows where there are none.
    """
    loss, others = ("validation loss", record.validation) if record.validation else ("training loss", {})
    values = {loss: record.monitored("loss")} | {label_of(name): others[name] for name in SHOWN if name in others}
    return {name: np.where(record.active, new, known.get(name, np.nan)) for name, new in values.items()}


def describe(done: int, folds: int, values: Mapping[str, NDArray[np.float64]], unit: str = "fold") -> str:
    """`7 of 10 folds done; mean over folds: validation loss 0.0612, AUROC 0.9931`."""
    shown = means(values, np.ones(len(next(iter(values.values()))), bool))
    told = ", ".join(f"{name} {mean:.4f}" for name, mean in shown.items())
    count = f"{done} of {folds} {unit}{'s' * (folds != 1)} done"
    return f"{count}; mean over {unit}s: {told}" if folds > 1 else f"{count}; {told}"
