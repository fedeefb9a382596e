"""Live metrics of every member, on the device and exact: pure functions below, a torchmetrics shell above."""

import torch
import torchmetrics
from torch import Tensor

from lightning_mods.losses import member_losses, row_losses


def auroc(scores: Tensor, positive: Tensor, valid: Tensor) -> Tensor:
    """Exact area under the ROC curve, ties count one half: three times `(..., rows)` -> `(...)`.

    Mann and Whitney's U by binary search among the sorted negatives. NaN without both classes, or with a score that
    is not finite.
    """
    negative, positive = valid & ~positive, valid & positive
    ladder = torch.where(negative, scores, torch.inf).sort(-1).values
    below = torch.searchsorted(ladder, scores.contiguous())
    up_to = torch.searchsorted(ladder, scores.contiguous(), right=True)
    wins = torch.where(positive, (below + up_to).double(), 0.0).sum(-1) / 2.0
    area = wins / (positive.sum(-1) * negative.sum(-1)).double()
    return torch.where((scores.isfinite() | ~valid).all(-1), area, torch.nan)


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


def f1(predicted: Tensor, positive: Tensor, valid: Tensor) -> Tensor:
    """`2 TP / (2 TP + FP + FN)`: three times `(..., rows)` bool -> `(...)`; NaN where nothing is or was predicted."""
    hits = (predicted & positive & valid).sum(-1).double()
    misses = ((predicted ^ positive) & valid).sum(-1).double()
    return 2.0 * hits / (2.0 * hits + misses)


def live_metrics(logits: Tensor, targets: Tensor, weights: Tensor, task: str) -> dict[str, Tensor]:
    """Metrics by name, each `(members,)`: logits `(members, rows, outputs)`, targets and weights `(members, rows)`.

    Binary: loss, auroc, f1, accuracy. Multiclass: the same, auroc one against the rest and f1 averaged over the
    classes that are defined. Regression: loss and rmse in the units given, and r2.
    """
    valid = weights > 0
    loss = member_losses(row_losses(logits, targets, task).double(), weights.double())
    if task == "regression":
        return {"loss": loss} | regression(logits[..., 0], targets, valid)
    if task == "binary":
        positive, predicted, scores = targets == 1, logits[..., 0] >= 0, logits[..., 0]
        area, harmonic = auroc(scores, positive, valid), f1(predicted, positive, valid)
        correct = predicted == positive
    else:
        labels = torch.arange(logits.shape[-1], device=logits.device)[:, None]
        best = logits.argmax(-1)
        positive, predicted = targets[:, None] == labels, best[:, None] == labels
        valid_classes = valid[:, None].expand_as(positive)
        area = auroc(log_odds(logits).mT, positive, valid_classes).nanmean(-1)
        harmonic, correct = f1(predicted, positive, valid_classes).nanmean(-1), best == targets
    finite = torch.where((logits.isfinite().all(-1) | ~valid).all(-1), 1.0, torch.nan)
    share = (correct & valid).sum(-1).double() / valid.sum(-1).double()
    return {"loss": loss, "auroc": area * finite, "f1": harmonic * finite, "accuracy": share * finite}


def regression(values: Tensor, targets: Tensor, valid: Tensor) -> dict[str, Tensor]:
    """Root mean squared error and coefficient of determination: three times `(members, rows)` -> `(members,)`."""
    count = valid.sum(-1).double()
    values, targets = values.double(), targets.double()
    residual = torch.where(valid, (values - targets).square(), 0.0).sum(-1)
    mean = torch.where(valid, targets, 0.0).sum(-1) / count
    spread = torch.where(valid, (targets - mean[:, None]).square(), 0.0).sum(-1)
    return {"rmse": (residual / count).sqrt(), "r2": torch.where(spread > 0, 1.0 - residual / spread, torch.nan)}


class MemberMetrics(torchmetrics.Metric):
    """`live_metrics` over batches: keeps logits, targets and weights on the device until `compute`."""

    full_state_update = False

    def __init__(self, task: str, shape: tuple[int, int, int], dtype: torch.dtype) -> None:
        """For a task, and logits of `shape` `(members, rows, outputs)` in all and of `dtype`."""
        super().__init__()
        self.task = task
        # What has no weight is not looked at, so these two need not be forgotten.
        self.register_buffer("logits", torch.zeros(shape, dtype=dtype), persistent=False)
        self.register_buffer("targets", torch.zeros(shape[:2], dtype=dtype), persistent=False)
        self.add_state("weights", default=torch.zeros(shape[:2], dtype=dtype))
        self.add_state("filled", default=torch.tensor(0))

    def update(self, logits: Tensor, targets: Tensor, weights: Tensor) -> None:
        """Add `(members, batch, outputs)`, `(members, batch)`, `(members, batch)`."""
        end = int(self.filled) + targets.shape[1]
        for kept, new in ((self.logits, logits), (self.targets, targets), (self.weights, weights)):
            kept[:, self.filled : end] = new
        self.filled.fill_(end)

    def compute(self) -> dict[str, Tensor]:
        """Metrics by name, each `(members,)`."""
        targets = self.targets if self.task == "regression" else self.targets.long()
        return live_metrics(self.logits, targets, self.weights, self.task)
