"""Live table of a search on the terminal; without a terminal, a line for each stack that has trained."""

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import timedelta
from types import TracebackType

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from configs.member import Member
from evaluation.decimals import decimals
from evaluation.judging.catalogue import metric_of
from evaluation.search.objectives import fold_objectives
from evaluation.search.trial import Trial
from evaluation.search.winners import outer_folds, winners
from experiment.record.log import tell
from experiment.record.progress import below
from experiment.search.rounds import Setting
from reporting.search_words import short_names, values_in_words

SHOWN = 5
"""Trials in the table, best first."""


class SearchTable:
    """The best trials, those that train, and the time; within 80 columns. A closed terminal stops nothing."""

    def __init__(self, objective: str, members: Sequence[Member], trials: Mapping[int, Trial]) -> None:
        """`trials` are those on record, and follow it."""
        self.objective, self.members, self.trials = metric_of(objective), members, trials
        self.folds, self.started = outer_folds(members), time.monotonic()
        self.before, self.expected = len(trials), len(trials)
        self.running: list[Setting] = []
        self.share = 0.0
        self.stack = ExitStack()
        self.live = sys.stderr.isatty()

    def __enter__(self) -> "SearchTable":
        if self.live:
            console = Console(stderr=True)
            with suppress(OSError):
                self.stack.enter_context(Live(get_renderable=self.renderable, console=console))
            self.stack.enter_context(below(console, self.note))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.running = []
        with suppress(OSError):
            self.stack.close()

    def begin(self, settings: Sequence[Setting]) -> None:
        """Show that the settings of a stack train, too."""
        self.running += settings
        self.share = 0.0

    def note(self, share: float) -> None:
        """Note the share of its training that the running stack has behind it."""
        self.share = share

    def end(self, settings: Sequence[Setting]) -> None:
        """Show that a stack has trained."""
        numbers = {setting.number for setting in settings}
        self.running = [setting for setting in self.running if setting.number not in numbers]
        self.share = 0.0
        if not self.live:
            tell("; ".join(filter(None, [self.state(), self._best()])))

    def leaders(self) -> list[tuple[Trial, float, float]]:
        """Trials with an objective in every fold, its mean and standard deviation over the folds; best first."""
        trials = list(self.trials.values())
        table = fold_objectives(trials, self.folds)
        whole = [index for index in range(len(trials)) if np.isfinite(table[index]).all()]
        found = [(trials[index], float(table[index].mean()), _deviation(table[index])) for index in whole]
        return sorted(found, key=lambda one: (one[1] if self.objective.falls else -one[1], one[0].number))

    def state(self) -> str:
        """`search: 12 of 24 trials, 1 failed, 0:00:41, about 0:00:38 left`."""
        done, elapsed = len(self.trials), time.monotonic() - self.started
        failed = sum(trial.status == "failed" for trial in self.trials.values())
        told = [f"{done} of {self.expected} trials", *[f"{failed} failed"] * bool(failed), _clock(elapsed)]
        trained = done - self.before + self.share * len(self.running)
        if trained and (left := self.expected - self.before - trained) > 0:
            told.append(f"about {_clock(elapsed / trained * left)} left")
        return f"search: {', '.join(told)}"

    def renderable(self) -> RenderableType:
        """What is shown now."""
        table = Table(box=None, pad_edge=False, expand=True)
        for name in ("trial", f"mean {self.objective.label}", "sd"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("setting", ratio=1, no_wrap=True, overflow="ellipsis")
        leaders = self.leaders()
        for trial, mean, deviation in leaders[:SHOWN]:
            shown = Text(values_in_words(trial.values, short_names(list(trial.values))))
            table.add_row(str(trial.number), decimals(mean, 4), _spread("", deviation), shown)
        lines: list[RenderableType] = [Text(self.state(), no_wrap=True, overflow="ellipsis")]
        lines += [table] * bool(leaders)
        if chosen := self._chosen():
            lines.append(Text(chosen, no_wrap=True, overflow="ellipsis"))
        if self.running:
            lines.append(Text(describe_running(self.running), no_wrap=True, overflow="ellipsis"))
        return Group(*lines)

    def _best(self) -> str:
        """`best loss 0.0712 +- 0.0211 (trial 7)`; where trials have folds of their own, the best of each fold."""
        if any(len(trial.members) < len(self.members) for trial in self.trials.values()):
            return self._chosen()
        name = self.objective.label
        told = [
            f"best {name} {decimals(mean, 4)}{_spread(' +- ', sd)} (trial {one.number})"
            for one, mean, sd in self.leaders()
        ]
        return "".join(told[:1])

    def _chosen(self) -> str:
        """`best of each fold: mean 0.0612, sd 0.0211, of 4 trials`."""
        trials, falls = list(self.trials.values()), self.objective.falls
        numbers = {number for number in winners(trials, self.members, "nested", falls) if number is not None}
        if not numbers:
            return ""
        table = fold_objectives(trials, self.folds)
        best = (np.nanmin if falls else np.nanmax)(table[:, np.isfinite(table).any(axis=0)], axis=0)
        who = f"{len(numbers)} trial{'s' * (len(numbers) > 1)}"
        mean = decimals(float(best.mean()), 4)
        return f"best of each fold: mean {mean}{_spread(', sd ', _deviation(best))}, of {who}"


def describe_running(settings: Sequence[Setting]) -> str:
    """`running: trials 1-9 and 11-24, 230 models`."""
    numbers = sorted(setting.number for setting in settings)
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    told = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
    models = sum(len(setting.members) for setting in settings)
    return f"running: trial{'s' * (len(numbers) > 1)} {told}, {models} model{'s' * (models > 1)}"


def _spread(before: str, deviation: float) -> str:
    """A standard deviation; nothing where there is one fold."""
    return "" if np.isnan(deviation) else f"{before}{decimals(deviation, 4)}"


def _deviation(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
