"""The study's ordinary network as a usual LightningModule, with automatic optimization."""

import logging
import warnings
from collections.abc import Iterator, Sequence

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.cases.peers.solo import SoloFold


class SoloModule(pl.LightningModule):
    """Binary cross-entropy and Adam; a batch is features `(batch, columns)` and targets `(batch,)`."""

    def __init__(self, net: nn.Module, learning_rate: float) -> None:
        """Train `net`."""
        super().__init__()
        self.net = net.requires_grad_()
        self.learning_rate = learning_rate

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """Mean loss of a batch."""
        features, targets = batch
        return F.binary_cross_entropy_with_logits(self.net(features)[:, 0], targets)

    def training_step(self, batch: Sequence[Tensor], batch_index: int) -> Tensor:
        """The loss, nothing logged."""
        return self.loss(batch)

    def validation_step(self, batch: Sequence[Tensor], batch_index: int) -> None:
        """The validation loss, which early stopping would need."""
        self.log("val_loss", self.loss(batch))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """torch's Adam at the rate of the study."""
        return torch.optim.Adam(self.parameters(), lr=self.learning_rate)


class EpochOrder:
    """A sampler that gives the rows in the stack's order; Lightning tells it the epoch."""

    def __init__(self, fold: SoloFold) -> None:
        """The orders of `fold`."""
        self.orders = [order.tolist() for order in fold.orders]
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Training rows."""
        return len(self.orders[0])

    def __iter__(self) -> Iterator[int]:
        """Row by row."""
        return iter(self.orders[self.epoch])


def quiet() -> None:
    """Silence the messages and warnings of Lightning."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"pytorch_lightning\..*")
