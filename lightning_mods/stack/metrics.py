"""Live metrics of every member, on the device and exact: pure functions, and a torchmetrics `Metric` around them."""

from collections.abc import Callable, Sequence
from importlib import import_module

import numpy as np
import torch
import torchmetrics
from torch import Tensor

from configs.seats.live_metrics import LIVE_METRICS, live_metrics_of, on_device
from evaluation.judging.member_values import member_values
from experiment.nets.net_check import metric_rows
from experiment.nets.net_errors import check_values, explained
from lightning_mods.stack.live_rows import LiveRows, Truth, truth
from lightning_mods.stack.members import member_losses, row_losses


def live_metrics(logits: Tensor, truth: Truth, task: str, names: Sequence[str]) -> dict[str, Tensor]:
    """The loss and the metrics that `names` have files for in `live_metrics/`, each `(members,)`.

    Logits are `(members, rows, outputs)`. A member with an output that is not finite, padding excluded, has NaN in all
    but its loss.
    """
    loss = member_losses(row_losses(logits, truth.targets, task).double(), truth.shares)
    rows = LiveRows(logits, truth, task)
    found = [_function(name)(rows) for name in names]
    if not found:
        return {"loss": loss}
    metrics = torch.where(rows.are_finite, torch.stack(found), torch.nan)
    return {"loss": loss} | dict(zip(names, metrics, strict=True))


def _function(name: str) -> Callable[[LiveRows], Tensor]:
    found: Callable[[LiveRows], Tensor] = getattr(import_module(f"lightning_mods.live_metrics.{name}"), name)
    return found


def try_live_metrics(task: str, outputs: int, monitor: str = "loss") -> None:
    """Compute each live metric of a few rows of two members.

    Raises ValueError, with the line of its file, if it does not give what the metric's NumPy function gives.
    """
    logits, targets = metric_rows(task, outputs)
    weights = np.ones(targets.shape, np.float32)
    known = truth(torch.as_tensor(targets), torch.as_tensor(weights), task, outputs)
    for name in [name for name in live_metrics_of(task, monitor) if name in on_device("lightning_mods")]:
        with explained(LIVE_METRICS, name, "lightning"):
            values = _function(name)(LiveRows(torch.as_tensor(logits), known, task))
            check_values(name, values, member_values(name, logits, targets, weights, task))


class MemberMetrics(torchmetrics.Metric):
    """`live_metrics` over batches: keeps logits, targets and weights on the device until `compute`."""

    full_state_update = False

    def __init__(self, task: str, monitor: str = "loss") -> None:
        """Without any batch yet; `monitor` is the metric of early stopping, with a file in `live_metrics/` or not."""
        # Rows lie along axis 1, and torchmetrics joins what processes have along axis 0: rows are gathered before.
        super().__init__(sync_on_compute=False)
        self.task, self.names = task, live_metrics_of(task, monitor)
        self.logits: list[Tensor]
        self.targets: list[Tensor]
        self.weights: list[Tensor]
        for name in ("logits", "targets", "weights"):
            self.add_state(name, default=[], dist_reduce_fx="cat")
        self._known: tuple[Tensor, Tensor, Truth] | None = None

    @property
    def filled(self) -> bool:
        """Whether there are rows to compute metrics of."""
        return bool(self.logits)

    def update(self, logits: Tensor, targets: Tensor, weights: Tensor) -> None:
        """Add logits `(members, batch, outputs)`, and targets and weights `(members, batch)`."""
        self.logits.append(logits)
        self.targets.append(targets)
        self.weights.append(weights)

    def compute(self) -> dict[str, Tensor]:
        """Metrics by name, each `(members,)`."""
        logits, targets, weights = (_joined(parts) for parts in (self.logits, self.targets, self.weights))
        if self._known is None or self._known[0] is not targets or self._known[1] is not weights:
            self._known = targets, weights, truth(targets, weights, self.task, logits.shape[-1])
        fast = [name for name in self.names if name in on_device("lightning_mods")]
        found = live_metrics(logits, self._known[2], self.task, fast)
        if len(fast) < len(self.names):
            one, other, third = (part.cpu().numpy() for part in (logits.detach(), targets, weights))
            others = (name for name in self.names if name not in found)
            found |= {name: torch.as_tensor(member_values(name, one, other, third, self.task)) for name in others}
        return {name: found[name].to(logits.device) for name in ("loss", *self.names)}


def _joined(parts: list[Tensor]) -> Tensor:
    """Concatenated batches; a single batch is returned itself, so that what was computed for it is found again."""
    return parts[0] if len(parts) == 1 else torch.cat(parts, 1)
