"""Oracles by name."""

from collections.abc import Sequence

import numpy as np

from configs.schema import Study
from configs.space import Dimension, active, dimensions
from evaluation.search.trial import Trial
from experiment.search.oracle import Oracle, Proposal

ROUND = 24
"""Settings that are proposed at once; those that may share a stack train together."""


class RandomOracle:
    """Draws every key uniformly, whatever it is told."""

    def __init__(self, study: Study, fold: int | None) -> None:
        """A stream of its own for each `fold`."""
        self.space = dimensions(study)
        self.stream = np.random.default_rng([study.seed, 0 if fold is None else fold + 1])

    def ask(self) -> Sequence[Proposal]:
        """The next settings."""
        drawn = [{one.key: self._value(one) for one in self.space} for _ in range(ROUND)]
        return [Proposal(active(self.space, values), {}) for values in drawn]

    def tell(self, trials: Sequence[Trial]) -> None:
        """Nothing is learnt."""

    def close(self) -> None:
        """There is no process."""

    def _value(self, one: Dimension) -> object:
        if one.values is not None:
            return one.values[int(self.stream.integers(len(one.values)))]
        low, high = float(one.axis.low or 0), float(one.axis.high or 0)
        if one.axis.log:
            return float(np.exp(self.stream.uniform(np.log(low), np.log(high))))
        return float(self.stream.uniform(low, high))


def make_oracle(study: Study, fold: int | None = None) -> Oracle:
    """The oracle of a study's search; `fold` is that of its own validation rows, None: of all folds."""
    return RandomOracle(study, fold)
