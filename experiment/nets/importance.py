"""Scores of each network on its own scored rows, with every column of the data permuted in turn."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from datamodules.fold_data import FoldData
from datamodules.permuting import PermutedRows, permuted_rows, sources_of
from evaluation.judging.judged_rows import JudgedRows
from experiment.nets.predictor import Predictor, RowLogits

Floats = NDArray[np.float64]


class Effort(NamedTuple):
    """How much is permuted: `repeats` permutations of a column at most, and `columns` permuted columns in all.

    `rows` limits the predictions of a member: of more, a sample of its rows is permuted.
    """

    repeats: int
    columns: int
    rows: int


AUTOMATIC = Effort(5, 100, 1 << 16)
"""Of every training; a hundred predictions of the scored rows cost a few percent of it."""
THOROUGH = Effort(10, 1 << 30, 1 << 20)
"""What `evaluate.py --explain` does."""
MOST_COLUMNS = 50
"""Columns of a table of which every training has the importance."""


def permutation_scores(
    folds: FoldData, row_logits: RowLogits, metrics: Sequence[str], cuts: Floats, effort: Effort, batch: int
) -> Floats:
    """Metrics of each member's scored rows, `(members, metrics, 1 + columns of the data x repeats)`.

    First as they are, then with each column permuted, its features together. nan where a member has fewer than two
    rows, the metric is undefined, or an output is not finite.

    Args:
        folds: of the members; see `permuting.permuted_rows`.
        row_logits: of raw rows `(members, batch, columns)`.
        metrics: names.
        cuts: decision threshold of each member, `(members,)`.
        effort: how much is permuted.
        batch: rows of one prediction; all have as many, since a framework builds a graph for every shape.
    """
    sources = list(sources_of(folds.table.schema).values())
    repeats = max(1, min(effort.repeats, effort.columns // len(sources)))
    rows = permuted_rows(folds, repeats, max(2, effort.rows // (repeats * len(sources))))
    table = folds.table
    predictor = Predictor(row_logits, table.task, table.classes, folds.statistics)
    found = [_scores(rows, _predicted(predictor, rows.whole(), batch), metrics, cuts)]
    for columns in sources:
        found.append(_scores(rows, _predicted(predictor, rows.permuted(columns), batch), metrics, cuts))
    return np.concatenate(found, axis=2)


def _predicted(predictor: Predictor, features: NDArray[np.float32], batch: int) -> Floats:
    """Logits of `(members, rows, columns)`, a `batch` at a time, the last one padded."""
    rows = features.shape[1]
    padded = np.pad(features, ((0, 0), (0, -rows % batch), (0, 0)), mode="edge")
    parts = [predictor.logits(padded[:, start : start + batch]) for start in range(0, rows, batch)]
    return np.concatenate(parts, axis=1)[:, :rows]


def _scores(rows: PermutedRows, logits: Floats, metrics: Sequence[str], cuts: Floats) -> Floats:
    """Metrics of each order, logits `(members, orders x most, outputs)` -> `(members, metrics, orders)`."""
    members, targets = len(logits), rows.table.targets
    orders = logits.reshape(members, -1, rows.most, logits.shape[-1])
    found = np.full((members, len(metrics), orders.shape[1]), np.nan)
    for member, own in enumerate(rows.rows):
        for order, given in enumerate(orders[member, :, : len(own)]):
            if len(own) > 1 and np.isfinite(given).all():
                judged = JudgedRows(given, targets[own], rows.table.task, float(cuts[member]))
                found[member, :, order] = [judged.value(name) for name in metrics]
    return found
