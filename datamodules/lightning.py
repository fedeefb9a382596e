"""The folds as a LightningDataModule: batches are chunks of row indices, never rows."""

from collections.abc import Iterator

import pytorch_lightning as pl
import torch
from torch import Tensor

from configs.schema import Study
from datamodules.fold_data import PREDICTED, EvaluationPlan, FoldData, TrainingPlan, evaluation_plan, training_plan
from datamodules.folds import Role


class EpochChunks:
    """The training chunks of the epoch that the Trainer has set: rows, weights and keys, `(steps, members, ...)`."""

    def __init__(self, plan: TrainingPlan) -> None:
        """Start at epoch 0."""
        self.plan = plan
        self.epoch = 0

    @property
    def sampler(self) -> "EpochChunks":
        """Where Lightning looks for `set_epoch`."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, so that a resumed run sees the order that an uninterrupted one would."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Chunks of an epoch."""
        return self.plan.chunks

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Indices as int64, which torch gathers fastest."""
        for chunk in self.plan.epoch(self.epoch):
            rows, keys = torch.as_tensor(chunk.rows).long(), torch.as_tensor(chunk.keys).long()
            yield rows, torch.as_tensor(chunk.weights), keys


class EvaluationRows:
    """Every row of some roles of every member once: rows and weights, both `(members, batch)`, in ascending order."""

    def __init__(self, plan: EvaluationPlan) -> None:
        """The batches of `plan`, which are the same in every epoch."""
        self.batches = [(torch.as_tensor(rows).long(), torch.as_tensor(weights)) for rows, weights in plan]

    def __len__(self) -> int:
        """Number of batches."""
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """One after the other."""
        return iter(self.batches)


class FoldDataModule(pl.LightningDataModule):
    """Training chunks, validation rows, and for `predict` the rows of every member that a run predicts."""

    def __init__(self, study: Study, folds: FoldData) -> None:
        """For the same `folds` as the `FoldModule`'s."""
        super().__init__()
        self.folds = folds
        self.plan = training_plan(folds, study.training.batch_size, study.training.steps_per_execution)

    def train_dataloader(self) -> EpochChunks:
        """Chunks of optimizer steps."""
        return EpochChunks(self.plan)

    def val_dataloader(self) -> EvaluationRows | list:
        """Rows that stop the training; none if the study keeps none."""
        rows = EvaluationRows(evaluation_plan(self.folds, Role.validation))
        return rows if len(rows) else []

    def predict_dataloader(self) -> EvaluationRows:
        """The `PREDICTED` rows, as the logits of a run have them."""
        return EvaluationRows(evaluation_plan(self.folds, *PREDICTED))
