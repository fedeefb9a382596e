"""Redundant candidates of a comparison: frameworks of one run that are practically equivalent."""

from collections import Counter
from collections.abc import Collection, Sequence

from evaluation.comparing.candidate import Candidate
from evaluation.comparing.comparison import EQUIVALENT, compare


def without_twins(
    candidates: Sequence[Candidate], named: Collection[Candidate] = (), rope: float = 0.01
) -> tuple[list[Candidate], list[Candidate]]:
    """Candidates to compare, and those left out: practically equivalent in every metric to another one of their run.

    Nothing is left out of a single run, nor any candidate in `named`, which the command line lists. The framework that
    stays is the one that most of the runs have.
    """
    if len({one.run for one in candidates}) < 2:
        return list(candidates), []
    counts = Counter(one.framework for one in candidates)
    left: list[Candidate] = []
    for run in dict.fromkeys(one.run for one in candidates):
        own = [one for one in candidates if one.run == run]
        stays = max(own, key=lambda one: counts[one.framework])
        left += [one for one in own if one is not stays and not _is_in(one, named) and _agree(stays, one, rope)]
    return [one for one in candidates if not _is_in(one, left)], left


def _agree(one: Candidate, other: Candidate, rope: float) -> bool:
    return {test["verdict"] for test in compare([one, other], rope=rope)["comparisons"]} == {EQUIVALENT}


def _is_in(one: Candidate, others: Collection[Candidate]) -> bool:
    return any(one is other for other in others)
