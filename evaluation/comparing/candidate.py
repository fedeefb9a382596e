"""A candidate of a model comparison: one framework's part of a run."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.learners import is_network
from evaluation.folds.failed import left_out, without
from evaluation.folds.over_seeds import FoldKey, by_fold, fold_values
from evaluation.keys import Key, key_of
from evaluation.predictions import Predictions


@dataclass(frozen=True)
class Candidate:
    """One framework's part of a run in a comparison.

    Attributes:
        name: unique among the candidates.
        metrics: its `metrics.json`.
        predictions: its scored rows.
        groups: group of every table row, int32 `(table rows,)`; None if rows are independent.
        run: unique name of its run, such as its directory.
        framework: the framework that trained it.
    """

    name: str
    metrics: Mapping[str, Any]
    predictions: Predictions
    groups: NDArray[np.int32] | None = None
    run: str = ""
    framework: str = ""

    @property
    def is_baseline(self) -> bool:
        """Whether it is a baseline or an imported model, and none of the frameworks' networks."""
        return bool(self.framework) and not is_network(self.framework)

    def values(self, metric: str) -> NDArray[np.float64]:
        """The metric in each of `folds`, the mean over its seeds, `(folds,)`; nan where undefined."""
        return fold_values(self.metrics["folds"], metric)

    def measures(self, metric: str) -> bool:
        """Whether every fold with scored rows has the metric."""
        return all(metric in fold["scored"] for fold in self.metrics["folds"] if fold["scored"])

    @property
    def folds(self) -> list[FoldKey]:
        """The (repeat, fold) of each fold that has scored rows, ascending."""
        return list(by_fold(self.metrics["folds"]))

    @property
    def members(self) -> list[Key]:
        """The (seed, repeat, fold) of each member that has scored rows, ascending."""
        return sorted(key_of(fold) for fold in self.metrics["folds"] if fold["scored"])

    @property
    def failed(self) -> list[Key]:
        """The (seed, repeat, fold) of each failed member."""
        return [key_of(fold) for fold in self.metrics["failed"]]

    def without(self, places: Collection[int]) -> "Candidate":
        """The candidate without the folds at these places of `folds`, with all of their seeds."""
        gone = {key for place, key in enumerate(self.folds) if place in places}
        dropped = [key for key in self.members if key[1:] in gone]
        folds = [fold for fold in self.metrics["folds"] if key_of(fold) not in dropped]
        return replace(self, metrics={**self.metrics, "folds": folds}, predictions=without(self.predictions, dropped))

    @property
    def test_train_ratio(self) -> float:
        """Ratio of a fold's scored rows to its training rows, on average."""
        trained = [fold["train_rows"] for fold in self.metrics["folds"] if fold["scored"]]
        return len(self.predictions.row) / float(np.sum(trained))


def of_finite_folds(candidates: Sequence[Candidate]) -> tuple[list[Candidate], str]:
    """The candidates without the folds that failed in any of them for any seed, and a caution about that.

    They keep all folds where fewer than two would be left.
    """
    folds = len(candidates[0].folds)
    broken = {key[1:] for one in candidates for key in one.failed}
    failed = {place for place, key in enumerate(candidates[0].folds) if key in broken}
    if folds - len(failed) < 2:
        return list(candidates), ""
    return [one.without(failed) for one in candidates], left_out(len(failed), folds)
