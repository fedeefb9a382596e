"""Objective of a trial: a metric of the validation rows of each of its members, by its function in NumPy."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datamodules.fold_data import FoldData
from datamodules.folds.plan import Role
from evaluation.judging.member_values import member_values
from experiment.training.session import predicted_rows


def objectives(name: str, logits: Sequence[NDArray[np.float32]], folds: FoldData) -> tuple[float | None, ...]:
    """The metric `name` of each member of `folds`; None where it is not finite.

    `logits` are those of each member's predicted rows, `(rows, outputs)`.
    """
    parts = zip(logits, predicted_rows(folds), folds.plan.roles, strict=True)
    return tuple(_objective(name, one, rows, roles, folds) for one, rows, roles in parts)


def _objective(
    name: str, logits: NDArray[np.float32], rows: NDArray[np.int32], roles: NDArray[np.int8], folds: FoldData
) -> float | None:
    validation = roles[rows] == Role.validation
    targets = folds.table.targets[rows[validation]][None]
    value = member_values(name, logits[None, validation], targets, np.ones(targets.shape), folds.table.task)[0]
    return float(value) if math.isfinite(value) else None
