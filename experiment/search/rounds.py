"""Rounds of a search: the study as written and what is enqueued first, then what the oracles propose."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from configs.member import Member
from configs.schema import Study
from configs.search.space import searched
from evaluation.search.trial import Trial
from evaluation.search.winners import outer_folds
from experiment.search.oracle import Oracle

MakeOracle = Callable[[Study, int | None], Oracle]
ADAPTIVE = ("bayesian", "hyperband")
"""Oracles that learn from the objectives: where each fold chooses by itself, each fold has one of its own."""


class Setting(NamedTuple):
    """A trial before its training; the fields are those of `Trial`."""

    number: int
    values: Mapping[str, Any]
    members: tuple[int, ...]
    round: int
    oracle: Mapping[str, Any]


@dataclass
class _Asked:
    """An oracle, the members that train what it proposes, and how far it is."""

    oracle: Oracle
    members: tuple[int, ...]
    tried: int = 0
    ended: bool = False
    proposed: list[int] = field(default_factory=list)


class Rounds:
    """Asks the oracles of a search, one for all members or one for each fold, and tells them the results.

    A function of the study, the members and what it is told: a search is resumed by asking and telling it all again.
    """

    def __init__(self, study: Study, members: Sequence[Member], make_oracle: MakeOracle) -> None:
        """The oracles are made, and not asked yet."""
        self.search, self.every = searched(study), tuple(range(len(members)))
        self.number = self.round = 0
        apart = self.search.selection == "nested" and self.search.oracle in ADAPTIVE
        places = outer_folds(members) if apart else [self.every]
        self.asked = [_Asked(make_oracle(study, fold if apart else None), own) for fold, own in enumerate(places)]

    def ask(self) -> list[Setting]:
        """The settings of the next round; none at the end of the search.

        The first are those of round 0 with the proposals that need no result, which are round 1.
        """
        found = [] if self.round else self._first()
        self.round += 1
        return found + [setting for one in self.asked for setting in self._proposed(one)]

    def tell(self, trials: Mapping[int, Trial]) -> None:
        """The results of the last round, by number; an oracle whose round was cut at the budget is not told."""
        for one in self.asked:
            if one.proposed and not one.ended:
                one.oracle.tell([trials[number].among(one.members) for number in one.proposed])
            one.proposed = []

    @property
    def expected(self) -> int:
        """Number of trials of the whole search, if no oracle ends before its budget is used."""
        if not self.round:
            return self.search.trials
        return self.number + sum(self.search.trials - one.tried for one in self.asked if not one.ended)

    def close(self) -> None:
        """End the processes behind the oracles."""
        for one in self.asked:
            one.oracle.close()

    def _first(self) -> list[Setting]:
        values = self._written()
        found = [self._setting(one, self.every, {}) for one in values[: self.search.trials]]
        for one in self.asked:
            one.tried, one.ended = len(found), len(found) < len(values)
            one.proposed = [setting.number for setting in found]
        return found

    def _written(self) -> list[Mapping[str, Any]]:
        """Values of round 0: the study as written, and `enqueue`."""
        return [{}, *self.search.enqueue]

    def _proposed(self, one: _Asked) -> list[Setting]:
        left, first = self.search.trials - one.tried, self.round == 1
        if one.ended or left <= 0:
            one.ended = True
            return []
        proposals = list(one.oracle.begin(self._written()) if first else one.oracle.ask())
        found = [self._setting(proposal.values, one.members, proposal.oracle) for proposal in proposals[:left]]
        one.tried, one.ended = one.tried + len(found), not (found or first) or len(proposals) > left
        one.proposed += [setting.number for setting in found]
        return found

    def _setting(self, values: Mapping[str, Any], members: tuple[int, ...], oracle: Mapping[str, Any]) -> Setting:
        self.number += 1
        return Setting(self.number - 1, _plain(values), members, self.round, _plain(oracle))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` as they come out of a file of JSON."""
    found: dict[str, Any] = json.loads(json.dumps(dict(values)))
    return found
