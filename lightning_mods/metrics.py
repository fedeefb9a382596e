"""Live metrics of every member, on the device and exact: pure functions below, a torchmetrics shell above."""

from typing import NamedTuple

import torch
import torchmetrics
from torch import Tensor

from lightning_mods.members import member_losses, row_losses, row_shares


class Truth(NamedTuple):
    """What is known of rows whatever is said of them: what follows from targets and weights alone.

    `targets`, `shares` in the mean and `valid` are `(members, rows)`. The two `sides`, positive and negative, are
    `(2, members, rows)`, or for each of many classes against the rest `(2, members, classes, rows)`; padding is on
    neither. Counts are without the rows, and float64; `pairs` are counted twice, since a tie is half a win.
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
    """Of targets and weights `(members, rows)`. A regression has no classes, and what is said of them means nothing."""
    valid, of_class = weights > 0, targets == 1
    among = valid
    if task == "multiclass":
        of_class = targets[:, None] == torch.arange(classes, device=targets.device)[:, None]
        among = valid[:, None]
    sides = torch.stack([among & of_class, among & ~of_class])
    positives, negatives = _count(sides)
    pairs = 2.0 * positives * negatives
    return Truth(targets, row_shares(weights.double()), valid, sides, positives, negatives, pairs, _count(valid))


def auroc(scores: Tensor, truth: Truth) -> Tensor:
    """Exact area under the ROC curve, ties count one half: finite scores `(..., rows)` -> `(...)`.

    Mann and Whitney's U by binary search among the sorted negatives. NaN without both classes.
    """
    positive, negative = truth.sides
    ladder = torch.where(negative, scores, torch.inf).sort(-1).values
    scores = scores.contiguous()
    ranks = torch.searchsorted(ladder, scores) + torch.searchsorted(ladder, scores, right=True)
    return torch.where(positive, ranks, 0).sum(-1) / truth.pairs


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


def f1(hits: Tensor, alarms: Tensor, truth: Truth) -> Tensor:
    """`2 TP / (2 TP + FP + FN)` of true and false positives `(...)`; NaN where nothing is or was predicted."""
    return 2.0 * hits / (hits + alarms + truth.positives)


def live_metrics(logits: Tensor, truth: Truth, task: str) -> dict[str, Tensor]:
    """Metrics by name, each `(members,)`, of logits `(members, rows, outputs)`.

    Binary: loss, auroc, f1, accuracy. Multiclass: the same, auroc one against the rest and f1 averaged over the
    classes that are defined. Regression: loss and rmse in the units given, and r2. A member that gives something that
    is not finite, where it is no padding, has none but its loss.
    """
    loss = member_losses(row_losses(logits, truth.targets, task).double(), truth.shares)
    if task == "regression":
        return {"loss": loss} | regression(logits[..., 0], truth)
    if task == "binary":
        scores = logits[..., 0]
        predicted = scores >= 0
    else:
        scores = log_odds(logits).mT
        predicted = logits.argmax(-1)[:, None] == torch.arange(logits.shape[-1], device=logits.device)[:, None]
    hits, alarms = _count(predicted & truth.sides)
    area, harmonic = auroc(scores, truth), f1(hits, alarms, truth)
    if task == "binary":
        correct = hits + truth.negatives - alarms
    else:
        area, harmonic, correct = area.nanmean(-1), harmonic.nanmean(-1), hits.sum(-1)
    known = (logits.isfinite().all(-1) | ~truth.valid).all(-1)
    metrics = torch.where(known, torch.stack([area, harmonic, correct / truth.rows]), torch.nan)
    return {"loss": loss} | dict(zip(("auroc", "f1", "accuracy"), metrics, strict=True))


def regression(values: Tensor, truth: Truth) -> dict[str, Tensor]:
    """Root mean squared error and coefficient of determination: `(members, rows)` -> `(members,)`."""
    values, targets = values.double(), truth.targets.double()
    residual = torch.where(truth.valid, (values - targets).square(), 0.0).sum(-1)
    mean = torch.where(truth.valid, targets, 0.0).sum(-1) / truth.rows
    spread = torch.where(truth.valid, (targets - mean[:, None]).square(), 0.0).sum(-1)
    return {"rmse": (residual / truth.rows).sqrt(), "r2": torch.where(spread > 0, 1.0 - residual / spread, torch.nan)}


def _count(flags: Tensor) -> Tensor:
    return flags.sum(-1, dtype=torch.float64)


class MemberMetrics(torchmetrics.Metric):
    """`live_metrics` over batches: keeps logits, targets and weights on the device until `compute`."""

    full_state_update = False

    def __init__(self, task: str) -> None:
        """Of nothing yet."""
        super().__init__()
        self.task = task
        for name in ("logits", "targets", "weights"):
            self.add_state(name, default=[], dist_reduce_fx="cat")
        self._known: tuple[Tensor, Tensor, Truth] | None = None

    @property
    def filled(self) -> bool:
        """Whether there is something to judge."""
        return bool(self.logits)

    def update(self, logits: Tensor, targets: Tensor, weights: Tensor) -> None:
        """Add `(members, batch, outputs)`, `(members, batch)`, `(members, batch)`."""
        self.logits.append(logits)
        self.targets.append(targets)
        self.weights.append(weights)

    def compute(self) -> dict[str, Tensor]:
        """Metrics by name, each `(members,)`."""
        logits, targets, weights = (_joined(parts) for parts in (self.logits, self.targets, self.weights))
        if self._known is None or self._known[0] is not targets or self._known[1] is not weights:
            self._known = targets, weights, truth(targets, weights, self.task, logits.shape[-1])
        return live_metrics(logits, self._known[2], self.task)


def _joined(parts: list[Tensor]) -> Tensor:
    """Batches as one; the only one is itself, so that what comes again in every epoch is known."""
    return parts[0] if len(parts) == 1 else torch.cat(parts, 1)
