"""Fits of several studies: one after the other, or by workers, which have the parts of all of them in one queue."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from typing import Any, NamedTuple

from configs.schema import Study
from datamodules.fold_data import FoldData
from experiment.nets.net_check import CheckedNet
from experiment.rules.resources.devices import driver_device
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import Begun, FitResult, Workers, begun
from experiment.training.interrupts import Interrupts
from experiment.training.workers.following import Following
from experiment.training.workers.part_training import Job
from experiment.training.workers.queue import FOLLOW_SECONDS, Queue, tell_idle
from experiment.training.workers.sharing import without_device

Fit = Callable[[Study, FoldData, FrameworkDirectory], FitResult]
"""Trains a study in a directory."""


class Stack(NamedTuple):
    """What is asked of a `Fit`."""

    study: Study
    folds: FoldData
    directory: FrameworkDirectory


Outcome = tuple[int, FitResult | Exception]
"""Place of a stack, and its result or what went wrong with it."""
FitAll = Callable[[Iterable[Stack]], Generator[Outcome, None, None]]
"""Trains stacks; gives the outcome of each as soon as it is over.

Raises Interrupted and RunError for what ends the training of all of them.
"""


def in_turn(fit: Fit) -> FitAll:
    """One stack after the other by `fit`."""

    def fit_all(stacks: Iterable[Stack]) -> Generator[Outcome, None, None]:
        for place, stack in enumerate(stacks):
            outcome: FitResult | Exception
            try:
                outcome = fit(*stack)
            except Exception as error:
                outcome = error
            yield place, outcome

    return fit_all


class ByWorkers:
    """A `FitAll`: no device of the workers idles while another one trains the last part of a stack."""

    def __init__(self, check: Callable[..., CheckedNet[Any]], workers: Workers, interrupts: Interrupts) -> None:
        """`check` is that of the framework; signals come to `interrupts`."""
        self.check, self.workers, self.interrupts = check, workers, interrupts
        self.told = False

    def __call__(self, stacks: Iterable[Stack]) -> Generator[Outcome, None, None]:
        """Train `stacks`, the largest first; the net of each is checked while those before it train.

        A bar is shown for a single one.
        """
        asked = list(stacks)
        with ExitStack() as ends, closing(Queue(self.workers, self.interrupts)) as queue:
            jobs: dict[Job, _Entry] = {}
            parts = 0
            for place, stack in sorted(enumerate(asked), key=lambda one: -len(one[1].folds.members)):
                own = ends.enter_context(ExitStack())
                try:
                    one = own.enter_context(self._begun(stack))
                except Exception as error:
                    yield place, error
                    continue
                jobs[one.job] = _Entry(place, one, own)
                parts += queue.add(one.job, one.work, Following(one.job, one.history, shown=len(asked) == 1))
                if self.workers.devices:  # else all are submitted at once
                    yield from _over(queue, jobs, 0.0)
            self._tell_idle(jobs, parts)
            while queue.jobs:
                yield from _over(queue, jobs, FOLLOW_SECONDS)

    def _begun(self, stack: Stack) -> AbstractContextManager[Begun]:
        cost = self.check(without_device(stack.study), stack.folds).cost
        study = self.workers.study(stack.study)
        return begun(study, stack.folds, stack.directory, cost, driver_device(study))

    def _tell_idle(self, jobs: Iterable[Job], parts: int) -> None:
        """Once: other rounds have other numbers of parts."""
        for job in jobs:
            if not self.told:
                self.told = tell_idle(job.learner, self.workers.devices, parts)


class _Entry(NamedTuple):
    place: int
    begun: Begun
    ends: ExitStack


def _over(queue: Queue, jobs: dict[Job, _Entry], seconds: float) -> Iterator[Outcome]:
    """Outcomes of the jobs that are over after a turn of the `queue`."""
    for job, error in queue.turn(seconds):
        place, one, ends = jobs.pop(job)
        outcome: FitResult | Exception
        try:
            outcome = error or one.result()
        except Exception as damage:
            outcome = damage
        ends.close()
        yield place, outcome
