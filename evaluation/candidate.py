"""What is compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.predictions import Predictions


@dataclass(frozen=True)
class Candidate:
    """One framework's part of a run, as it is compared.

    Attributes:
        name: unique among the candidates.
        metrics: its `metrics.json`.
        predictions: its scored rows.
        groups: of every table row whose groups are known, int32 `(table rows,)`; None if rows are independent.
    """

    name: str
    metrics: Mapping[str, Any]
    predictions: Predictions
    groups: NDArray[np.int32] | None = None

    def values(self, metric: str) -> NDArray[np.float64]:
        """The metric in each fold that has scored rows, by (seed, repeat, fold): `(folds,)`, nan where undefined."""
        scored = {(fold["seed"], fold["repeat"], fold["fold"]): fold["scored"] for fold in self.metrics["folds"]}
        return np.array([scored[key][metric] for key in sorted(scored) if scored[key]], np.float64)

    @property
    def test_train_ratio(self) -> float:
        """Scored rows of a fold to its training rows, on average."""
        trained = [fold["train_rows"] for fold in self.metrics["folds"] if fold["scored"]]
        return len(self.predictions.row) / float(np.sum(trained))
