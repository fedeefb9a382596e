"""Permutation importance of a training: measured while its networks are on the device, kept in `importance.json`."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.files.atomic import write_json
from configs.files.real_files import read_real
from configs.schema import Study
from datamodules.fold_data import PREDICTED, FoldData, evaluation_plan
from datamodules.folds.plan import Role
from datamodules.permuting import sources_of
from datamodules.table import spread
from evaluation.choices.cuts import choose_cuts
from evaluation.importance import correlated, importance, importance_metrics
from evaluation.judging.catalogue import of_threshold
from evaluation.keys import Key
from experiment.nets.importance import AUTOMATIC, MOST_COLUMNS, permutation_scores
from experiment.nets.predictor import RowLogits
from experiment.run.files.reading import sealed
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.saving import predictions

Floats = NDArray[np.float64]
MOST_RANKED = 2_000
"""Rows of which the rank correlation of columns is computed."""


def stack_scores(
    study: Study, folds: FoldData, row_logits: RowLogits, logits: Sequence[NDArray[np.float32]]
) -> Floats | None:
    """`permutation_scores` of a stack with its best weights; None for a table of many columns, and for trials.

    None, too, where no row is scored or tested. `logits` are those of each member's `PREDICTED` rows.
    """
    if folds.trials or len(sources_of(folds.table.schema)) > MOST_COLUMNS:
        return None
    if not any(map(len, folds.rows(Role.scored, Role.test))):
        return None
    metrics = importance_metrics(folds.table.task, study.evaluation.shown_metrics)
    batch = evaluation_plan(folds, *PREDICTED).batch  # a shape that has been predicted before
    cuts = stack_cuts(study, folds, logits, metrics)
    return permutation_scores(folds, row_logits, metrics, cuts, AUTOMATIC, batch)


def stack_cuts(study: Study, folds: FoldData, logits: Sequence[NDArray[np.float32]], metrics: Sequence[str]) -> Floats:
    """Decision threshold of each member, `(members,)` log odds, by the study's rule; 0 where no metric needs it."""
    task, rule = folds.table.task, str(study.evaluation.threshold)
    if task != "binary" or not of_threshold(metrics):
        return np.zeros(len(folds.members))
    validation = predictions(logits, folds).of_role("validation")
    return choose_cuts(validation, [member[:3] for member in folds.members], rule, study.evaluation.cost_ratio).values


def keep_importance(study: Study, folds: FoldData, scores: Floats, directory: FrameworkDirectory) -> None:
    """Write `importance.json`, with the SHA-256 of the weights that it is of. Raises OSError."""
    table, columns = folds.table, list(sources_of(folds.table.schema))
    keys: list[Key] = [member[:3] for member in folds.members]
    role = Role.scored if any(map(len, folds.rows(Role.scored))) else Role.test
    judged, trained = (sum(map(len, folds.rows(one))) for one in (role, Role.train))
    metrics = importance_metrics(table.task, study.evaluation.shown_metrics)
    found: dict[str, Any] = importance(scores, keys, judged / trained, metrics, columns)
    found |= {"rows": role.name, "correlated": correlated_columns(folds)}
    digest = hashlib.sha256(read_real(directory.weights)).hexdigest()
    write_json(directory.importance, sealed(found | {"weights_sha256": digest}))


def correlated_columns(folds: FoldData) -> list[dict[str, Any]]:
    """`correlated` of the columns of the data, of a sample of the rows that are not test rows of the study."""
    rows = spread(np.flatnonzero((folds.plan.roles != Role.test).any(axis=0)), MOST_RANKED)
    names, columns = [], []
    for column, values in zip(folds.table.schema, folds.table.features[rows].T, strict=True):
        levels = range(len(column.levels)) if column.kind == "categorical" and not column.ordered else ()
        columns += [values == level for level in levels] or [values]
        names += [column.source] * max(1, len(levels))
    return correlated(np.stack(columns, axis=1).astype(np.float64), names)
