"""LightningDataModule of the folds: batches are chunks of row indices, never rows."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from configs.schema import Study
from datamodules.fold_data import PREDICTED, EvaluationPlan, FoldData, TrainingPlan, evaluation_plan, training_plan
from datamodules.folds.plan import Role


class EpochChunks:
    """The training chunks of the epoch that the Trainer has set: rows, weights and keys, `(steps, members, ...)`."""

    def __init__(self, folds: FoldData, plan: TrainingPlan, repeats: bool = False) -> None:
        """The `plan` of `folds`, from epoch 0 on; with `repeats`, epoch 0 in every epoch."""
        self.folds, self.plan, self.repeats = folds, plan, repeats
        self.epoch = self.first = self.taken = 0

    @property
    def sampler(self) -> "EpochChunks":
        """The object on which Lightning calls `set_epoch`."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch, so that a resumed run has the order of an uninterrupted one."""
        self.epoch = 0 if self.repeats else epoch

    def state_dict(self) -> dict[str, int]:
        """Number of consumed chunks of the epoch, for a checkpoint in the middle of it."""
        return {"taken": self.taken}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue after the consumed chunks, if any are left."""
        self.first = state["taken"] % len(self)

    def __len__(self) -> int:
        """Chunks of an epoch."""
        return self.plan.chunks

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Indices as int64, which torch gathers fastest."""
        self.taken, self.first = self.first, 0
        for chunk in islice(self.plan.epoch(self.epoch), self.taken, None):
            self.taken += 1
            rows, keys = torch.as_tensor(chunk.rows).long(), torch.as_tensor(chunk.keys).long()
            yield rows, torch.as_tensor(chunk.weights), keys


class EvaluationRows:
    """Every row of some roles of every member once: rows and weights, both `(members, batch)`, in ascending order."""

    def __init__(self, folds: FoldData, plan: EvaluationPlan) -> None:
        """The batches of the `plan` of `folds`, which are the same in every epoch."""
        self.folds = folds
        self.batches = [(torch.as_tensor(rows).long(), torch.as_tensor(weights)) for rows, weights in plan]

    def __len__(self) -> int:
        """Number of batches."""
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Rows and weights of each batch, in order."""
        return iter(self.batches)


class FoldDataModule(pl.LightningDataModule):
    """Training chunks, validation rows, and for `predict` the rows of every member that a run predicts."""

    def __init__(self, study: Study, folds: FoldData) -> None:
        """For the same `folds` as the `FoldModule`'s."""
        super().__init__()
        self.folds = folds
        self.plan = training_plan(folds, study.training)

    def train_dataloader(self) -> EpochChunks:
        """Chunks of optimizer steps; `Trainer(overfit_batches=)` has those of epoch 0 in every epoch."""
        trainer: Any = self.trainer  # whose types leave the attribute out
        return EpochChunks(self.folds, self.plan, trainer is not None and trainer.overfit_batches > 0)

    def val_dataloader(self) -> EvaluationRows | list:
        """Validation rows, for early stopping; none if the study has none."""
        rows = EvaluationRows(self.folds, evaluation_plan(self.folds, Role.validation))
        return rows if len(rows) else []

    def predict_dataloader(self) -> EvaluationRows:
        """The `PREDICTED` rows, in the order of a run's logits."""
        return EvaluationRows(self.folds, evaluation_plan(self.folds, *PREDICTED))
