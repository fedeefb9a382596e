"""Grid: all combinations of the values of a space, in an order of its own for each seed."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

from sklearn.model_selection import ParameterGrid

from configs.errors import StudyError
from configs.schema import Study
from configs.search.space import Dimension, active, dimensions, searched, written_values
from datamodules.folds.random_streams import SEARCH, stream
from evaluation.search.trial import Trial
from experiment.search.oracle import Proposal

ROUND = 64
"""Proposals of a round."""
LARGEST = 100_000
"""Largest number of combinations."""


class Grid:
    """Proposes every setting once. Where there are fewer trials than settings, a random part of them is tried."""

    def __init__(self, study: Study) -> None:
        """Raises StudyError for a space that is no grid."""
        self.space = dimensions(study)
        self.written = written_values(study, self.space)
        self.settings = settings(study.seed, self.space)
        self.known: list[Mapping[str, Any]] = []

    def begin(self, settings: Sequence[Mapping[str, Any]]) -> list[Proposal]:
        """The first round; `settings` are not proposed again."""
        self.known += [active(self.space, {**self.written, **values}) for values in settings]
        return self.ask()

    def ask(self) -> list[Proposal]:
        """The next settings of the grid that are not known."""
        found = (values for values in self.settings if values not in self.known)
        return [Proposal(values, {}) for values, _ in zip(found, range(ROUND), strict=False)]

    def tell(self, trials: Sequence[Trial]) -> None:
        """The grid does not depend on results."""

    def close(self) -> None:
        """There is no process behind it."""


def grid_trials(study: Study) -> int:
    """Number of trials of the whole grid, of the study as written and of `enqueue`. Raises StudyError for no grid."""
    space = dimensions(study)
    written = written_values(study, space)
    first = [active(space, written | values) for values in ({}, *searched(study).enqueue)]
    return len(first) + sum(1 for values in settings(study.seed, space) if values not in first)


def settings(seed: int, space: Sequence[Dimension]) -> Iterator[dict[str, Any]]:
    """The distinct settings of a grid, in a random order of the seed, without keys whose conditions do not hold.

    Raises:
        StudyError: a key has no list of values, or there are too many settings.
    """
    lists = {one.key: one.values for one in space if one.values is not None}
    if endless := [one.key for one in space if one.values is None]:
        cause = f"'{endless[0]}' is a range of real numbers, of which a grid needs a step or choices"
        raise StudyError([f"search.space.{endless[0]}: {cause}; or set search.oracle=random"])
    if (size := prod(map(len, lists.values()))) > LARGEST:
        raise StudyError([f"search.space: a grid of {size} settings is too large; set search.oracle=random"])
    return _distinct(seed, space, ParameterGrid({key: list(values) for key, values in lists.items()}))


def _distinct(seed: int, space: Sequence[Dimension], grid: ParameterGrid) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for index in stream(seed, SEARCH).permutation(len(grid)):
        values = active(space, grid[int(index)])
        if (text := repr(sorted(values.items()))) not in seen:
            seen.add(text)
            yield values
