"""The hooks and methods of LightningModule by which a stack is checked, its rates are stepped, and it is saved."""

from typing import Any, NoReturn

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor

from configs.schema import Study
from datamodules.fold_data import FoldData
from experiment.run.marks.folds import check_marks, fold_marks
from lightning_mods.constants import Constants
from lightning_mods.private_names import CURRENT_HOOK
from lightning_mods.stack.stack import Stack
from lightning_mods.stock.features import (
    EXPORT,
    check_callbacks,
    check_data,
    check_optimizer,
    check_rate,
    check_trainable,
    check_trainer,
    gradient_hook,
)


class StockModule(Constants, pl.LightningModule):
    """Refuses settings that would not work on a stack, steps schedulers, and refuses weights of other folds."""

    study: Study
    folds: FoldData
    stack: Stack
    batch_rows: int
    chunk_steps = 0

    def __init__(self) -> None:
        """With Lightning's manual optimization, since the steps are functions of the weights."""
        super().__init__()
        self.automatic_optimization = False

    def __setattr__(self, name: str, value: Any) -> None:
        """Bypasses `nn.Module.__setattr__` for an attribute that Lightning sets 72 times an epoch."""
        if name == CURRENT_HOOK:
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)

    def configure_callbacks(self) -> list[pl.Callback]:
        """No callbacks; Lightning calls this before it reads its other settings, so these are checked here."""
        trainer: Any = self.trainer  # whose types leave `callbacks` out
        check_trainer(trainer, self)
        self.chunk_steps = check_data(trainer, self.folds, self.batch_rows)
        if self.chunk_steps:
            if unheard := gradient_hook(self, pl.LightningModule):
                raise ValueError(f"{type(self).__name__}.{unheard} is never called: override training_step instead")
            check_callbacks(trainer.callbacks, self.chunk_steps)
        return []

    def on_train_start(self) -> None:
        """Check what is known only after `configure_optimizers`."""
        check_trainable(self, self.stack.net)
        check_optimizer(self.optimizers(use_pl_optimizer=False), self.stack.flat)
        check_rate(self.trainer.lr_scheduler_configs, self.chunk_steps)

    def on_train_epoch_start(self) -> None:
        """Check that no callback has frozen the weights."""
        if not self.stack.flat.requires_grad:
            check_trainable(self, self.stack.net)

    def step_rates(self, interval: str, index: int) -> None:
        """Step the schedulers of an `interval`, "epoch" or "step", after the one with this `index`.

        Lightning's automatic optimization does the same.
        """
        for config in self.trainer.lr_scheduler_configs:
            if config.interval == interval and (index + 1) % config.frequency == 0:
                self.lr_scheduler_step(config.scheduler, None)

    def get_extra_state(self) -> dict[str, Tensor]:
        """The folds that the weights belong to, for `state_dict` and every checkpoint."""
        return {name: torch.tensor(array) for name, array in fold_marks(self.folds).items()}

    def set_extra_state(self, state: dict[str, Tensor]) -> None:
        """Raises ValueError for the state of other folds; nothing is loaded then."""
        check_marks({name: np.asarray(tensor.cpu()) for name, tensor in state.items()}, self.folds, "the state_dict")

    def to_onnx(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: raises ValueError."""
        raise ValueError(f"FoldModule.to_onnx is refused: {EXPORT}")

    def to_torchscript(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: raises ValueError."""
        raise ValueError(f"FoldModule.to_torchscript is refused: {EXPORT}")

    def to_tensorrt(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: raises ValueError."""
        raise ValueError(f"FoldModule.to_tensorrt is refused: {EXPORT}")
