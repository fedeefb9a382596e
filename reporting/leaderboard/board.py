"""Content of a leaderboard, the same in every format: one table for each fold plan."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from configs.shown import all_shown
from evaluation.comparing.ranking import Standing
from evaluation.json_safe import json_safe
from evaluation.judging.catalogue import metric_of, name_of

TIES = "not significantly worse than the best one (corrected resampled t test, Holm's correction for all pairs)"
OPTIMISTIC = "search, optimistic"
"""Kind of a search whose setting was chosen by the folds that score it."""


class Board(NamedTuple):
    """Ranked learners with the same data and folds.

    Attributes:
        data_sha256, split_sha256: digests of the table, and of the fold plan without the seeds of the networks.
        task: of the table.
        metric: by which they are ranked.
        standings: the learners, the best first.
        kinds: kind of each learner, by the name of its candidate.
    """

    data_sha256: str
    split_sha256: str
    task: str
    metric: str
    standings: Sequence[Standing]
    kinds: Mapping[str, str]

    @property
    def label(self) -> str:
        """What the metric is called."""
        return name_of(self.metric, self.task)

    @property
    def runs(self) -> list[str]:
        """The different runs, in the order of the table."""
        return list(dict.fromkeys(one.candidate.run for one in self.standings))


def described(board: Board) -> dict[str, Any]:
    """Every number of a board, JSON-safe, with texts that are safe to print."""
    first = board.standings[0].candidate
    told = {
        "data_sha256": board.data_sha256,
        "split_sha256": board.split_sha256,
        "task": board.task,
        "folds": len(first.folds),
        "metric": board.metric,
        "better": metric_of(board.metric).better,
        "learners": [_entry(one, board.kinds[one.candidate.name]) for one in board.standings],
    }
    safe: dict[str, Any] = all_shown(json_safe(told))
    return safe


def _entry(one: Standing, kind: str) -> dict[str, Any]:
    against = {name: one.against.get(name) for name in ("difference", "low", "high", "p", "p_holm")}
    return {
        "rank": one.rank,
        "learner": one.candidate.framework,
        "run": one.candidate.run,
        "kind": kind,
        "mean": one.summary["mean"],
        "std": one.summary["std"],
        "ci95": one.summary["ci95"],
        "against_best": against,
        "verdict": one.verdict,
        "ties_with_best": one.ties,
    }
