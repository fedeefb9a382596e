"""Exact area under the ROC curve, ties count one half."""

import torch
from torch import Tensor

from lightning_mods.stack.live_rows import LiveRows, Truth


def auroc(rows: LiveRows) -> Tensor:
    """`(members,)`, NaN without both classes; of several classes, the mean over those with a value."""
    return rows.over_classes(area(rows.scores, rows.truth))


def area(scores: Tensor, truth: Truth) -> Tensor:
    """Mann and Whitney's U by binary search among the sorted negatives: finite scores `(..., rows)` -> `(...)`."""
    positive, negative = truth.sides
    ladder = torch.where(negative, scores, torch.inf).sort(-1).values
    scores = scores.contiguous()
    ranks = torch.searchsorted(ladder, scores) + torch.searchsorted(ladder, scores, right=True)
    return torch.where(positive, ranks, 0).sum(-1) / truth.pairs
