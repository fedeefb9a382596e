"""Check of the monitored metric: one that is undefined on a fold's validation rows would stop no training."""

import math

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.schema import Study
from datamodules.fold_data import FoldData
from datamodules.folds.plan import Role
from evaluation.judging.member_values import member_values


def check_monitored_rows(study: Study, folds: FoldData) -> None:
    """Refuse a metric that is undefined of a member's validation rows even where every row is predicted as it is.

    So are what early stopping monitors, and the objective of a search. Raises StudyError.
    """
    if study.training.early_stopping:
        _check("training.early_stopping.monitor", study.training.monitor, folds)
    if study.search:
        _check("search.objective", study.search.objective.key, folds)


def _check(key: str, metric: str, folds: FoldData) -> None:
    """Refuse the `metric` that the study's `key` names if a member's validation rows cannot have it."""
    task = folds.table.task
    for member, rows in zip(folds.members, folds.rows(Role.validation), strict=True):
        targets = folds.table.targets[rows]
        if len(rows) and not is_defined(metric, targets, task, folds.table.outputs):
            cause, cure = "are all of one class", "folds.method to stratified"
            if task == "regression":
                cause, cure = "have one and the same target", "folds.validation_fraction to more"
            elif len(np.unique(targets)) > 1:
                cause = "do not have every class"
            place = f"{key}: the validation rows of fold {member.fold} {cause}"
            raise StudyError([f"{place}, which leaves {metric} undefined; set it to loss, or {cure}"])


def is_defined(metric: str, targets: NDArray, task: str, outputs: int) -> bool:
    """Whether a metric of rows with these targets `(rows,)` is a number for a network that is right about all."""
    logits = targets[:, None].astype(np.float64)
    if task != "regression":
        logits = 2.0 * (targets[:, None] == np.arange(max(2, outputs))) - 1.0
        logits = logits[:, 1:] if task == "binary" else logits
    (value,) = member_values(metric, logits[None], targets[None], np.ones((1, len(targets))), task)
    return math.isfinite(value)
