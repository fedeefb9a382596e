"""Fold by fold: `Trainer(barebones=True)` with tensor batches, without validation."""

from collections.abc import Iterator

import pytorch_lightning as pl
import torch
from torch import Tensor

from benchmarks.cases.emit import case_parser, case_study, emit, use_threads
from benchmarks.cases.peers.lightning_solo import SoloModule, quiet
from benchmarks.cases.peers.solo import Predict, SoloFold, fit_each, solo_folds
from benchmarks.cases.peers.torch_net import initial_net, predictor, tensors
from configs.schema import Study
from datamodules.fold_data import fold_data


class TensorBatches:
    """Every epoch is gathered once and sliced into batches."""

    def __init__(self, fold: SoloFold) -> None:
        """The batches of `fold`, epoch after epoch."""
        self.features, self.targets = tensors(fold)
        self.orders = [torch.as_tensor(order) for order in fold.orders]
        self.batch_size, self.steps, self.epoch = fold.batch_size, fold.steps, 0

    @property
    def sampler(self) -> "TensorBatches":
        """The object on which Lightning calls `set_epoch`."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Batches of an epoch."""
        return self.steps

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Features `(batch, columns)` and targets `(batch,)`."""
        rows = self.orders[self.epoch]
        return zip(self.features[rows].split(self.batch_size), self.targets[rows].split(self.batch_size), strict=True)


def fit(study: Study, fold: SoloFold) -> Predict:
    """Train in Lightning's mode without logging, checkpoints and progress bar."""
    module = SoloModule(initial_net(study, fold), study.optimizer.learning_rate)
    trainer = pl.Trainer(barebones=True, accelerator="cpu", devices=1, max_epochs=fold.epochs)
    trainer.fit(module, TensorBatches(fold))
    return predictor(module.net)


if __name__ == "__main__":
    arguments = case_parser(__doc__).parse_args()
    use_threads(arguments.threads)
    study = case_study(arguments.overrides)
    quiet()
    emit(fit_each(solo_folds(study, fold_data(study), arguments.folds), lambda fold: fit(study, fold)))
