"""Inputs of the metrics' functions, each computed once, for all rows or some of them."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.catalogue import function, inputs, metric_of
from evaluation.judging.classification import decisions
from evaluation.judging.probabilities import one_vs_rest_logits, probabilities

Floats = NDArray[np.float64]
EVERY = slice(None)
Places = NDArray[np.integer[Any]] | slice
"""Places of rows, each as often as it was drawn; or all rows."""


class JudgedRows:
    """Finite logits `(rows, outputs)` and targets `(rows,)` of a task, binary ones decided at `cut`."""

    def __init__(self, logits: NDArray[Any], targets: NDArray[Any], task: str, cut: float | Floats = 0.0) -> None:
        self.logits, self.task, self.cut = logits.astype(np.float64), task, cut
        self.targets = targets.astype(np.float64) if task == "regression" else targets.astype(np.int64)

    @cached_property
    def predicted(self) -> NDArray[Any]:
        """Predicted class index, or the predicted value of a regression, `(rows,)`."""
        return self.logits[:, 0] if self.task == "regression" else decisions(self.logits, self.task, self.cut)

    @cached_property
    def scores(self) -> Floats:
        """Log odds of each class, binary: of the positive one alone; `(rows, classes)`."""
        return one_vs_rest_logits(self.logits) if self.task == "multiclass" else self.logits

    @cached_property
    def probabilities(self) -> Floats:
        """Probability of each class, `(rows, classes)`, of a binary task too."""
        found = probabilities(self.logits, self.task)
        return np.concatenate([1 - found, found], axis=1) if self.task == "binary" else found

    @property
    def classes(self) -> list[int]:
        """Those that a metric `per_class` is about: the positive one, or all of several."""
        return [1] if self.task == "binary" else list(range(self.logits.shape[1]))

    def value(self, name: str, rows: Places = EVERY) -> float:
        """The metric of these `rows`; nan where there are none."""
        if not len(self.targets[rows]):
            return float("nan")
        if metric_of(name).per_class:
            return float(np.mean([self.class_value(name, index, rows) for index in self.classes]))
        given = {"targets": self.targets, "predicted": self.predicted}
        return self._call(name, given | self._others(name, 0), rows)

    def class_value(self, name: str, index: int, rows: Places = EVERY) -> float:
        """The metric `per_class` of one class."""
        given = {"targets": self.targets == index, "predicted": self.predicted == index}
        return self._call(name, given | self._others(name, 0 if self.task == "binary" else index), rows)

    def _others(self, name: str, column: int) -> dict[str, Any]:
        """Of the costly inputs those that the metric takes."""
        taken = inputs(name)
        found: dict[str, Any] = {"logits": self.logits} if "logits" in taken else {}
        if "scores" in taken:
            found["scores"] = self.scores[:, column]
        return found | ({"probabilities": self.probabilities} if "probabilities" in taken else {})

    def _call(self, name: str, given: Mapping[str, Any], rows: Places) -> float:
        words = {key: self.task if key == "task" else given[key][rows] for key in inputs(name)}
        return float(function(name)(**words))
