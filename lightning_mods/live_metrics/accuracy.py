"""Accuracy: the share of rows whose class is predicted."""

from torch import Tensor

from lightning_mods.stack.live_rows import LiveRows


def accuracy(rows: LiveRows) -> Tensor:
    """`(members,)`; the positive class is predicted from a probability of 0.5 on."""
    hits, alarms = rows.hits
    correct = hits.sum(-1) if rows.task == "multiclass" else hits + rows.truth.negatives - alarms
    return correct / rows.truth.rows
