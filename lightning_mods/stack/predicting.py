"""A stack beside its table, both on the device: inputs, targets and predictions of rows, by number or raw."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from configs.schema import Study
from configs.seats.nets import NETS
from datamodules.fold_data import FoldData
from datamodules.inputs.target_units import goals
from experiment.nets.net_errors import explained
from experiment.rules.initial_weights import initial_weights
from lightning_mods.stack.building import DTYPES
from lightning_mods.stack.input_layer import InputLayer, admitted, answered
from lightning_mods.stack.stack import Stack
from lightning_mods.stack.target_units import TargetUnits
from lightning_mods.stock.module import StockModule


class PredictingModule(StockModule):
    """Predicts rows with all members of `folds`, and has the inputs and targets that a training takes."""

    def __init__(self, study: Study, folds: FoldData, net: nn.Module) -> None:
        """With the initial weights of `net` for every member. Raises ValueError if it cannot be stacked."""
        super().__init__()
        self.study, self.folds, self.task = study, folds, folds.table.task
        dtype, table, statistics = DTYPES[study.training.precision], folds.table, folds.statistics
        self.inputs = InputLayer(statistics, dtype)
        self.keep("features", torch.as_tensor(table.features, dtype=dtype))
        self.complete = not np.isnan(table.features).any()
        with explained(NETS, study.model.net, "lightning"):
            self.stack = Stack(net, len(folds.members), dtype, mixed=study.training.precision == "bf16")
            self.stack.flat.data.copy_(torch.as_tensor(initial_weights(self.stack.layout, folds.members)))
        target_dtype = dtype if self.task == "regression" else torch.int64
        self.keep("targets", torch.as_tensor(table.targets, dtype=target_dtype))
        self.units = TargetUnits(statistics, dtype)
        if not self.units.is_linear:
            self.keep("learned", torch.as_tensor(goals(table.targets, statistics), dtype=dtype))
            self.keep("ordinals", torch.arange(len(folds.members))[:, None])

    def forward(self, features: Tensor) -> Tensor:
        """Raw rows `(rows, columns)` -> logits of every member, `(members, rows, outputs)`; regression: values.

        A row with an infinite value has NaN, unless the study takes that for a missing one.
        """
        rows = admitted(features.to(self.features.dtype), self.study.inputs.infinite)
        shared = rows.expand(len(self.folds.members), *rows.shape)
        logits = answered(self.stack.predict(self.stack.flat, self.inputs(shared)), shared)
        return self.restore_units(logits)

    def inputs_of(self, rows: Tensor) -> Tensor:
        """Inputs of `rows` `(..., members, batch)` by each member's preprocessing, `(..., members, batch, inputs)`."""
        # An embedding is a gather of rows; indexing does the same six times slower.
        return self.inputs(F.embedding(rows, self.features), self.complete)

    def restore_units(self, logits: Tensor) -> Tensor:
        """Logits unchanged; outputs of a regression, which learns standardised targets, in the target's units."""
        if self.task != "regression":
            return logits
        restored: Tensor = self.units(logits)
        return restored

    def goals(self, rows: Tensor) -> Tensor:
        """Training targets of `rows` `(..., members, batch)`: class indices, or values as `inputs.target` says."""
        targets = self.targets[rows]
        if self.task != "regression":
            return targets
        if self.units.is_linear:
            return (targets - self.units.center) / self.units.scale
        return self.learned[self.ordinals, rows]

    def predict_step(self, batch: Sequence[Tensor], batch_index: int) -> Tensor:
        """Logits `(members, batch, outputs)` of rows `(members, batch)`; regression: in the target's units."""
        rows, _ = batch
        return self.restore_units(self.stack.predict(self.stack.flat, self.inputs_of(rows)))

    @torch.inference_mode()
    def row_logits(self, rows: NDArray[np.int32]) -> NDArray:
        """Logits `(members, batch, outputs)` of rows of the table `(members, batch)`; regression: standardised."""
        numbers = torch.as_tensor(rows, device=self.features.device).long()
        return self.stack.predict(self.stack.flat, self.inputs_of(numbers)).cpu().numpy()

    @torch.inference_mode()
    def raw_logits(self, features: NDArray[np.float32]) -> NDArray:
        """As `row_logits`, of raw rows of each member's own, `(members, batch, columns)`."""
        raw = torch.as_tensor(features, dtype=self.features.dtype, device=self.features.device)
        return self.stack.predict(self.stack.flat, self.inputs(raw, self.complete)).cpu().numpy()
