"""Inputs of the live metrics: what several of them need of the validation rows, computed once."""

from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from lightning_mods.stack.members import row_shares


class Truth(NamedTuple):
    """Quantities that depend on the targets and weights of the rows alone, computed once.

    `targets`, `shares` in the mean and `valid` are `(members, rows)`. The two `sides`, positive and negative, are
    `(2, members, rows)`, or for each of many classes against the rest `(2, members, classes, rows)`; padding is on
    neither. Counts have no axis of rows and are float64; `pairs` are counted twice, since a tie is half a win.
    """

    targets: Tensor
    shares: Tensor
    valid: Tensor
    sides: Tensor
    positives: Tensor
    negatives: Tensor
    pairs: Tensor
    rows: Tensor


def truth(targets: Tensor, weights: Tensor, task: str, classes: int = 1) -> Truth:
    """`Truth` of targets and weights `(members, rows)`; for a regression the fields about classes have no meaning."""
    valid, of_class = weights > 0, targets == 1
    among = valid
    if task == "multiclass":
        of_class = targets[:, None] == torch.arange(classes, device=targets.device)[:, None]
        among = valid[:, None]
    sides = torch.stack([among & of_class, among & ~of_class])
    positives, negatives = count(sides)
    pairs = 2.0 * positives * negatives
    return Truth(targets, row_shares(weights.double()), valid, sides, positives, negatives, pairs, count(valid))


def log_odds(logits: Tensor) -> Tensor:
    """Log odds of each class against the rest, `(..., classes)` twice: they rank rows whose probability rounds to 1.

    Rounded to 1e-9, so that equal odds are a tie in whatever order they were summed.
    """
    logits = logits.double()
    first = torch.arange(logits.shape[-1], device=logits.device) == logits.argmax(-1, keepdim=True)
    others = torch.where(first, -torch.inf, logits).logsumexp(-1, keepdim=True)
    log_share = torch.where(first, -1.0, logits.log_softmax(-1))
    odds = torch.where(first, logits - others, log_share - torch.log1p(-log_share.exp()))
    return (odds * 1e9).round() / 1e9


class LiveRows:
    """Outputs of the members for their rows, with the targets of these; every count is float64.

    Attributes:
        logits: `(members, rows, outputs)`; of a regression the values, in the target's units.
        truth: targets and weights of the same rows.
        task: `binary`, `multiclass` or `regression`.
    """

    def __init__(self, logits: Tensor, truth: Truth, task: str) -> None:
        """Properties are computed when a metric first reads them."""
        self.logits, self.truth, self.task = logits, truth, task

    @cached_property
    def values(self) -> Tensor:
        """Predicted values of a regression, float64 `(members, rows)`."""
        return self.logits[..., 0].double()

    @cached_property
    def targets(self) -> Tensor:
        """Targets of a regression, float64 `(members, rows)`."""
        return self.truth.targets.double()

    @cached_property
    def scores(self) -> Tensor:
        """Log odds: `(members, rows)`; of several classes each against the rest, `(members, classes, rows)`."""
        return self.logits[..., 0] if self.task == "binary" else log_odds(self.logits).mT

    @cached_property
    def predicted(self) -> Tensor:
        """Whether a row is predicted to be positive, or of each class: bool, in the shape of `scores`."""
        if self.task == "binary":
            return self.scores >= 0
        classes = torch.arange(self.logits.shape[-1], device=self.logits.device)
        return self.logits.argmax(-1)[:, None] == classes[:, None]

    @cached_property
    def hits(self) -> tuple[Tensor, Tensor]:
        """Numbers of true and of false positives, `(members,)`, or of each of several classes `(members, classes)`."""
        hits, alarms = count(self.predicted & self.truth.sides)
        return hits, alarms

    def over_classes(self, values: Tensor) -> Tensor:
        """`(members,)` unchanged; of several classes, the mean of `(members, classes)` over those with a value."""
        return values.nanmean(-1) if self.task == "multiclass" else values

    @cached_property
    def are_finite(self) -> Tensor:
        """Whether all outputs of a member are finite, those of padding excluded: bool `(members,)`."""
        return (self.logits.isfinite().all(-1) | ~self.truth.valid).all(-1)


def count(flags: Tensor) -> Tensor:
    """Number of True values along the last axis, float64."""
    return flags.sum(-1, dtype=torch.float64)
