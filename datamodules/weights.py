"""Weights of rows in the training loss: those of a column, and of classes, as each member counts its training rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.loading.problems import close_match, question
from configs.sections.training import Training
from configs.types import ClassWeights
from datamodules.folds.plan import FoldPlan, Role
from datamodules.table import Table

Floats = NDArray[np.float64]
Rows = NDArray[np.int32]


def check_weights(table: Table, plan: FoldPlan, training: Training) -> None:
    """Refuse weights and sampling of classes that the table does not have, and a member without a weighted row.

    Raises StudyError.
    """
    by_class = {"class_weights": training.class_weights, "sampling": training.sampling}
    if table.task == "regression":
        cause = f"'{table.target}' of {table.name} is a regression target, which has no classes; set it to none"
        if problems := [f"training.{key}: {cause}" for key, value in by_class.items() if value != "none"]:
            raise StudyError(problems)
    if isinstance(training.class_weights, dict) and (unknown := set(training.class_weights) - set(table.classes)):
        hints = {name: question(close_match(name, table.classes), table.classes) for name in sorted(unknown)}
        place = f"training.class_weights: '{table.target}' of {table.name} has no class"
        raise StudyError([f"{place} '{name}'{hint}" for name, hint in hints.items()])
    for index, member in enumerate(plan.members):
        if table.weights is not None and not table.weights[plan.rows_of(index, Role.train)].any():
            place = f"data.weight: every training row of fold {member.fold} of {table.name} has weight 0"
            raise StudyError([f"{place}, so that there is nothing to learn from; correct them, or set fewer folds"])


def weighted_rows(table: Table, rows: Sequence[Rows]) -> list[Rows]:
    """The `rows` of each member without those of weight 0, which no step sees."""
    return [own if table.weights is None else own[table.weights[own] > 0] for own in rows]


def row_weights(table: Table, train_rows: Sequence[Rows], classes: ClassWeights) -> NDArray[np.float32] | None:
    """How much every row of the table weighs in the loss of every member, `(members, rows)`; None if all weigh 1.

    The weight in `Table.weights` times that of the row's class, 1 where there is none. Only the ratios matter, since a
    loss is divided by the sum of its weights: the largest of a member's `train_rows` is scaled, by a power of two, to
    [0.5, 1). Other rows have weight 0.
    """
    if table.weights is None and classes == "none":
        return None
    weights = np.zeros((len(train_rows), table.rows), np.float32)
    for member, rows in enumerate(train_rows):
        if len(rows):
            own = np.ones(len(rows)) if table.weights is None else _scaled(table.weights[rows])
            weights[member, rows] = own if classes == "none" else _scaled(own * _of_classes(table, rows, own, classes))
    return weights


def _of_classes(table: Table, rows: Rows, weights: Floats, classes: ClassWeights) -> Floats:
    """Weight of the class of each of a member's `rows`: `(rows,)`.

    `balanced` gives all classes the same sum of weights, `n / (classes * rows of the class)` (King and Zeng 2001).
    """
    from sklearn.utils.class_weight import compute_class_weight  # only who weighs classes waits for it

    targets, present = table.targets[rows], np.unique(table.targets[rows])
    if isinstance(classes, dict):
        found = np.array([classes.get(table.classes[index], 1.0) for index in present])
    else:
        found = compute_class_weight("balanced", classes=present, y=targets, sample_weight=weights)
    return np.asarray(found[np.searchsorted(present, targets)])


def _scaled(weights: Floats) -> Floats:
    """The weights times a power of two, which is exact: float32 has the largest of them, and the sum of them."""
    return np.ldexp(weights, -np.frexp(weights.max())[1])
