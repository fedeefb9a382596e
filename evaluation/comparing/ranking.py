"""Ranking of learners over the same folds: by the mean of one metric, and compared with the best one in pairs."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from evaluation.comparing.candidate import Candidate
from evaluation.comparing.comparison import BETTER, PROBABLY_BETTER, UNDEFINED, adjusted, compare_pair, verdict
from evaluation.intervals.nadeau_bengio import fold_summary
from evaluation.judging.catalogue import metric_of

BEST, WORSE, PROBABLY_WORSE = "best", "worse", "probably worse"
WORDS = {BETTER: WORSE, PROBABLY_BETTER: PROBABLY_WORSE}
"""Verdict on the pair of a learner and the best one -> verdict on the learner."""


class Standing(NamedTuple):
    """One learner of a ranking.

    Attributes:
        candidate: the learner.
        rank: from 1; equal means share it. None where it is not ranked.
        summary: `mean`, `std` and `ci95` over the folds, as `scored` of metrics.json.
        against: comparison with the best one, an entry of `comparisons` of `comparison.compare` whose `a` is the
            learner; {} for the best one, and without a rank.
        verdict: "best", "worse", "probably worse", "practically equivalent" or "undecided", see `comparison.compare`;
            why it has no rank, where it has none.
    """

    candidate: Candidate
    rank: int | None
    summary: dict[str, Any]
    against: dict[str, Any]
    verdict: str

    @property
    def ties(self) -> bool:
        """Whether it is not significantly worse than the best one, which ties with itself."""
        return self.verdict == BEST or (bool(self.against) and not self.against["p_holm"] <= 0.05)


def rank(candidates: Sequence[Candidate], metric: str, rope: float = 0.01) -> list[Standing]:
    """Order learners with the same folds by their mean of `metric`, the best first.

    Each is compared with the best one by the corrected resampled t test. The best one is itself chosen by these folds,
    so Holm's correction is for all pairs of the table, and not for those with the best one alone. A learner with failed
    folds, or a fold that leaves the metric undefined, has no rank: the mean of its other folds is of other rows.

    Raises:
        ValueError: a candidate does not measure the metric.
    """
    if other := [one.name for one in candidates if not one.measures(metric)]:
        raise ValueError(f"{metric} is not measured in {other[0]}")
    problems = {one.name: _problem(one, metric) for one in candidates}
    means = {one.name: float(one.values(metric).mean()) for one in candidates if not problems[one.name]}
    sign = 1.0 if metric_of(metric).falls else -1.0
    ranked = sorted((one for one in candidates if one.name in means), key=lambda one: sign * means[one.name])
    against = _against_best(ranked, metric, rope)
    found = [
        Standing(
            one,
            1 + sum(sign * other < sign * means[one.name] for other in means.values()),
            _summary(one, metric),
            against.get(one.name, {}),
            BEST if means[one.name] == means[ranked[0].name] else _in_words(against[one.name]),
        )
        for one in ranked
    ]
    rest = [one for one in candidates if problems[one.name]]
    return found + [Standing(one, None, _summary(one, metric), {}, problems[one.name]) for one in rest]


def _against_best(ranked: Sequence[Candidate], metric: str, rope: float) -> dict[str, dict[str, Any]]:
    """Comparison of every other learner with the first one, by name; p values are corrected for all pairs."""
    if len(ranked) < 2:
        return {}
    ratio = ranked[0].test_train_ratio
    pairs = [(other, one) for one, other in combinations(ranked, 2)]  # the first pairs are those with the best one
    tests = adjusted([compare_pair(*pair, metric, ratio, rope) for pair in pairs])
    return {test["a"]: test for test in tests[: len(ranked) - 1]}


def _in_words(against: dict[str, Any]) -> str:
    said = verdict(against)[0]
    return WORDS.get(said, said)


def _problem(one: Candidate, metric: str) -> str:
    """Why a learner cannot be ranked; "" if it can."""
    if one.failed:
        return f"{len(one.failed)} of {len(one.metrics['folds'])} folds failed"
    return UNDEFINED if np.isnan(one.values(metric)).any() else ""


def _summary(one: Candidate, metric: str) -> dict[str, Any]:
    return fold_summary(one.values(metric).tolist(), one.test_train_ratio, metric)
