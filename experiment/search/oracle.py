"""Oracle: what proposes the settings of the next trials, and hears how they went."""

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

    def ask(self) -> Sequence[Proposal]:
        """The proposals of the next round, at least one; an empty list ends the search."""

    def tell(self, trials: Sequence[Trial]) -> None:
        """All trials of the round that was proposed last, in the order of the proposals."""

    def close(self) -> None:
        """End the process behind it, if there is one."""
