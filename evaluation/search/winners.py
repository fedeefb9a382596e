"""Winners of a search: the trial whose predictions count for each member of the fold plan."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from configs.member import Member
from evaluation.search.trial import Trial


class Rank(NamedTuple):
    """The order of trials, best first: failed members, then the mean of the others, lower is better, then the number.

    So a trial that fails on a member wins only where every other one fails on as many.
    """

    failed: int
    mean: float
    number: int


def outer_folds(members: Sequence[Member]) -> list[tuple[int, ...]]:
    """Places of the members of each fold, all seeds of a (repeat, fold) together, in the order of the plan."""
    found: dict[tuple[int, int], list[int]] = {}
    for place, member in enumerate(members):
        found.setdefault((member.repeat, member.fold), []).append(place)
    return [tuple(places) for places in found.values()]


def rank(trial: Trial, places: Sequence[int], falls: bool) -> Rank | None:
    """Rank of a trial on the members at `places`; None if it did not train all of them, or none of them has a value.

    `falls`: a lower objective is better.
    """
    of_member = dict(zip(trial.members, trial.objective, strict=True))
    if not places or not all(place in of_member for place in places):
        return None
    known = [value for place in places if (value := of_member[place]) is not None and math.isfinite(value)]
    if not known:
        return None
    mean = math.fsum(known) / len(known)
    return Rank(len(places) - len(known), mean if falls else -mean, trial.number)


def best_of(trials: Sequence[Trial], places: Sequence[int], falls: bool) -> int | None:
    """The number of the best trial on the members at `places`; None if every one has failed there."""
    found = [one for trial in trials if (one := rank(trial, places, falls))]
    return min(found).number if found else None


def winners(trials: Sequence[Trial], members: Sequence[Member], selection: str, falls: bool) -> list[int | None]:
    """The number of the winning trial of each member, in the order of the plan; None where every trial has failed.

    `nested`: of its fold, on the validation rows of that fold alone. `plain`: the one with the best mean over all.
    """
    folds = outer_folds(members) if selection == "nested" else [tuple(range(len(members)))]
    found: dict[int, int | None] = {}
    for places in folds:
        found |= dict.fromkeys(places, best_of(trials, places, falls))
    return [found[place] for place in range(len(members))]
