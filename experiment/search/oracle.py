"""Oracle: what proposes the settings of the next trials, and is told how they went."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from evaluation.search.trial import Trial


class Proposal(NamedTuple):
    """A setting that an oracle proposes.

    Attributes:
        values: dotted key -> value; {} is the study as written.
        oracle: what the record of the trial has to hold, so that the oracle can be rebuilt: `Trial.oracle`.
    """

    values: Mapping[str, Any]
    oracle: Mapping[str, Any]


class Oracle(Protocol):
    """Proposes rounds of trials. It is a function of the study, the seed and the trials that it was told."""

    def begin(self, settings: Sequence[Mapping[str, Any]]) -> Sequence[Proposal]:
        """The proposals that need no result, which train together with `settings`: values that nobody has proposed.

        Called once, before `ask`, with the study as written and `enqueue`. Their number does not depend on
        `search.trials`; where there is none, `settings` train first.
        """

    def ask(self) -> Sequence[Proposal]:
        """The proposals of the next round, whose number does not depend on `search.trials`; none at the end."""

    def tell(self, trials: Sequence[Trial]) -> None:
        """All trials of the round that was proposed last, in the order of the proposals.

        Those of `begin` are its settings and then its proposals.
        """

    def close(self) -> None:
        """End the process behind it, if there is one."""


def score(trial: Trial) -> float | None:
    """Mean objective of the trial's members; None if one of them has failed or is not finite."""
    values = [value for value in trial.objective if value is not None and math.isfinite(value)]
    return sum(values) / len(values) if values and len(values) == len(trial.objective) else None
