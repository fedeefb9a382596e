"""Predictor: raw rows in, predictions in the target's units out, of one network or of an ensemble."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datamodules.fold_data import FoldData, evaluation_plan
from datamodules.folds.plan import Role
from datamodules.inputs.statistics import FoldStatistics
from datamodules.inputs.target_units import in_target_units
from evaluation.judging.classification import decisions
from evaluation.judging.probabilities import ensemble_logits, probabilities
from evaluation.predictions import predicted_classes

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
RowLogits = Callable[[NDArray[Any]], NDArray[Any]]
"""Raw rows `(rows, columns)` -> logits of each network, `(members, rows, outputs)`; regression: standardised.

Networks with rows of their own take `(members, rows, columns)`.
What trains takes numbers of its table's rows instead, `(members, rows)`: the table lies on the device.
"""


@dataclass(frozen=True, eq=False)
class Predictor:
    """The networks of a stack as functions of raw rows `(rows, columns)`.

    Attributes:
        row_logits: the framework's part.
        task: "binary", "multiclass" or "regression".
        classes: class names by index; `()` for regression.
        statistics: those of each network's target are used.
        cut: logit from which the mean probability of a binary target predicts the positive class.
    """

    row_logits: RowLogits
    task: str
    classes: tuple[str, ...]
    statistics: FoldStatistics
    cut: float = 0.0

    def logits(self, rows: NDArray[Any]) -> Floats:
        """Logits of each network, `(members, rows, outputs)`; regression: predictions in the target's units."""
        logits = self.row_logits(rows).astype(np.float64)
        return in_target_units(logits, self.statistics)

    def probabilities(self, rows: NDArray[Any]) -> Floats:
        """Mean probability of each output, `(rows, outputs)`; regression: mean prediction in the target's units."""
        return np.asarray(probabilities(self.logits(rows), self.task).mean(0))

    def predict(self, rows: NDArray[Any]) -> "pl.DataFrame":
        """`predictions` for raw rows."""
        return self.predictions(self.logits(rows))

    def predictions(self, logits: Floats) -> "pl.DataFrame":
        """What all networks predict together, from `logits`: a line for each row.

        Of classes `predicted` and `probability_<class>`, the mean over the networks (binary: of the positive class
        alone); of a regression `prediction`, their mean. `spread` is the standard deviation, over the networks, of that
        number (of more than two classes: of the predicted one's probability); null for a single network. A row to
        which a network answers NaN has NaN, and no class.
        """
        import polars as pl  # what trains needs logits alone, and does not wait for it

        if self.task == "regression":
            values = logits[..., 0]
            return pl.DataFrame({"prediction": values.mean(0), "spread": _spread(values)})
        unanswered = pl.Series(np.isnan(logits).any(axis=(0, 2)))
        chosen = decisions(ensemble_logits(logits, self.task), self.task, self.cut)
        chances, shown = probabilities(logits, self.task), predicted_classes(self.task, self.classes)
        columns = {f"probability_{name}": chances[..., index].mean(0) for index, name in enumerate(shown)}
        judged = chances[..., 0] if self.task == "binary" else chances[:, np.arange(len(chosen)), chosen]
        predicted = pl.Series(np.array(self.classes)[chosen]).set(unanswered, None)
        return pl.DataFrame({"predicted": predicted} | columns | {"spread": _spread(judged)})


def gather_logits(folds: FoldData, row_logits: RowLogits, *roles: Role) -> list[NDArray[np.float32]]:
    """Logits of each member for its own rows of `roles`, `(rows, outputs)`, in ascending order of rows.

    Of a regression in the target's units. `row_logits` takes numbers of rows, `(members, rows)`.
    """
    plan, table = evaluation_plan(folds, *roles), folds.table
    predictor = Predictor(row_logits, table.task, table.classes, folds.statistics)
    batches = [predictor.logits(rows) for rows, _ in plan]
    joined = np.concatenate(batches, axis=1) if batches else np.zeros((len(plan.rows), 0, table.outputs))
    return [logits[: len(rows)].astype(np.float32) for logits, rows in zip(joined, plan.rows, strict=True)]


def _spread(values: NDArray[np.floating]) -> "pl.Series":
    """Standard deviation over the networks, `(members, rows)` -> `(rows,)`; null for a single one."""
    import polars as pl

    return pl.Series(values.std(0, ddof=1) if len(values) > 1 else [None] * values.shape[1], dtype=pl.Float64)
