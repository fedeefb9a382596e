"""A progress bar for a person; silence for a file or a pipe."""

import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from experiment.record import EpochRecord, means


class EpochBar:
    """One line: epoch, active folds, loss, and the AUROC (or the metric that a task without AUROC has)."""

    def __init__(self, framework: str, epochs: int) -> None:
        """Shown only if standard error is a terminal."""
        console = Console(stderr=True)
        self.progress = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=24),
            TextColumn("epoch"),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not sys.stderr.isatty(),
            transient=False,
        )
        self.task = self.progress.add_task(framework, total=epochs, state="starting")

    def start(self) -> None:
        """Show the bar."""
        self.progress.start()

    def update(self, record: EpochRecord, still_active: int) -> None:
        """After an epoch: who still trains, and the means over them."""
        self.progress.update(self.task, completed=record.epoch + 1, state=describe(record, still_active))

    def stop(self) -> None:
        """Leave the last line on the screen."""
        self.progress.stop()


def describe(record: EpochRecord, still_active: int) -> str:
    """`7 of 10 folds  loss 0.0812  auroc 0.9931`: means over the folds that trained in this epoch."""
    shown = {"loss": record.train_loss} | {n: v for n, v in record.validation.items() if n in ("auroc", "rmse")}
    values = "  ".join(f"{name} {mean:.4f}" for name, mean in means(shown, record.active).items())
    return f"{still_active} of {len(record.members)} folds  {values}"
