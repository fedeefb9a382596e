"""Learning rate of every member in every step: its own, times its schedule, times what stock callbacks make of it."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from datamodules.fold_data import FoldData, training_plan
from experiment.rules.member_settings import MemberSettings
from experiment.rules.schedule import step_factors
from lightning_mods.stack.optimizer import StackOptimizer
from lightning_mods.stack.predicting import PredictingModule


class ScheduledModule(PredictingModule):
    """Has the optimizer of the stack, and the rates of its steps."""

    def __init__(self, settings: MemberSettings, folds: FoldData, net: nn.Module) -> None:
        """With the rates of `settings`, for the study of its first member."""
        super().__init__(settings.studies[0], folds, net)
        self.settings = settings
        plan = training_plan(folds, self.study.training)
        self.epoch_steps, self.batch_rows = plan.steps, plan.batch_size
        self.own_rates = settings.learning_rate
        self.keep("learning_rate", torch.as_tensor(self.own_rates))
        self.factors = step_factors(settings.schedules, plan.own_steps, settings.max_epochs)
        if self.factors:
            self.keep("factor_table", torch.as_tensor(self.factors.factors))
            self.keep("factor_kinds", torch.as_tensor(self.factors.kinds))
        self.shared_rate: float | None = None

    def configure_optimizers(self) -> StackOptimizer:
        """The study's optimizer over the whole stack."""
        return StackOptimizer(self.study.optimizer, self.stack.flat)

    @property
    def _stack_optimizer(self) -> StackOptimizer:
        """The optimizer of a training, without Lightning's wrapper."""
        optimizer = self.optimizers(use_pl_optimizer=False)
        assert isinstance(optimizer, StackOptimizer)
        return optimizer

    def chunk_rates(self, shared: Tensor, taken: Tensor, active: Tensor) -> Tensor:
        """Learning rate of each member in each step of a chunk, where it is `active`: `(steps, members)`.

        `shared` `(members,)` are the rates of the optimizer: that of the study, as stock callbacks have changed it.
        `taken` `(members,)` is the number of steps that each member has taken before.
        """
        own = self.learning_rate * (shared / self.study.optimizer.learning_rate)
        if self.factors is None:
            return own.expand(active.shape)
        before = (taken + active.cumsum(0) - active.long()).long()
        return own * self.factor_table[self.factor_kinds, before.clamp(max=self.factor_table.shape[1] - 1)]

    def use_rates(self, rates: NDArray[np.float64]) -> None:
        """Train with the learning `rates` `(members,)` from the next step on, before a schedule."""
        self.own_rates = rates.copy()
        self.learning_rate = torch.tensor(rates, device=self.features.device)

    def last_rates(self) -> NDArray[np.float64] | None:
        """Learning rate of the last step of each member, `(members,)`; None before a training."""
        if self.shared_rate is None:
            return None
        own = self.own_rates * (self.shared_rate / self.study.optimizer.learning_rate)
        if self.factors is None:
            return own
        taken = self._stack_optimizer.slots["steps"].cpu().numpy()
        return own * self.factors.after(taken.astype(np.int64) - 1)
