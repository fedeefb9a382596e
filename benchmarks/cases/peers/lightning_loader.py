"""Fold by fold: a stock Lightning Trainer with DataLoader over TensorDataset, validation loss after each epoch."""

import pytorch_lightning as pl
from torch.utils.data import DataLoader, Subset, TensorDataset

from benchmarks.cases.emit import case_parser, case_study, emit, use_threads
from benchmarks.cases.peers.lightning_solo import EpochOrder, SoloModule, quiet
from benchmarks.cases.peers.solo import Predict, SoloFold, fit_each, solo_folds
from benchmarks.cases.peers.torch_net import initial_net, predictor, tensors
from configs.schema import Study
from datamodules.fold_data import fold_data


def fit(study: Study, fold: SoloFold) -> Predict:
    """No logger, no checkpoints, no progress bar: the Trainer's loops alone."""
    table = TensorDataset(*tensors(fold))
    train = DataLoader(table, batch_size=fold.batch_size, sampler=EpochOrder(fold))
    validation = DataLoader(Subset(table, fold.validation.tolist()), batch_size=max(1, len(fold.validation)))
    trainer = pl.Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=fold.epochs,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    module = SoloModule(initial_net(study, fold), study.optimizer.learning_rate)
    trainer.fit(module, train, validation if len(fold.validation) else None)
    return predictor(module.net)


if __name__ == "__main__":
    arguments = case_parser(__doc__).parse_args()
    use_threads(arguments.threads)
    study = case_study(arguments.overrides)
    quiet()
    emit(fit_each(solo_folds(study, fold_data(study), arguments.folds), lambda fold: fit(study, fold)))
