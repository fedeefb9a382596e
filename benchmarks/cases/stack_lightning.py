"""The stack in a stock Trainer: public parts, no k-fold callbacks."""

import time
from typing import Any

import pytorch_lightning as pl
import torch

from configs.schema import Study
from datamodules.fold_data import FoldData
from datamodules.lightning import FoldDataModule
from lightning_mods.fit import prepare, uses_gpu
from lightning_mods.module import FoldModule


class Clock(pl.Callback):
    """When each epoch ended, validation included."""

    def __init__(self) -> None:
        """No epoch has ended yet."""
        self.ends: list[float] = []

    def on_train_epoch_end(self, *_: Any) -> None:
        """Note the time."""
        self.ends.append(time.perf_counter())


class TimedStack:
    """A stack that trains any number of epochs; traces and compiled code are kept between calls."""

    def __init__(self, study: Study, folds: FoldData) -> None:
        """With the members of `folds`."""
        self.study, self.folds = study, folds
        prepare(study, folds)
        self.threads = torch.get_num_threads()
        self.module = FoldModule(study, folds)
        self.weights = self.module.stack.layout.size

    def epochs(self, count: int) -> list[float]:
        """Seconds of each of `count` epochs; the one before them is not counted."""
        torch.set_num_threads(self.threads)
        clock = Clock()
        trainer = pl.Trainer(
            accelerator="gpu" if uses_gpu(self.study) else "cpu",
            devices=1,
            max_epochs=count + 1,
            callbacks=[clock],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        trainer.fit(self.module, datamodule=FoldDataModule(self.study, self.folds))
        return [after - before for before, after in zip(clock.ends[:-1], clock.ends[1:], strict=True)]


def reset_peak() -> None:
    """Let `peak_bytes` start anew."""
    torch.cuda.reset_peak_memory_stats()


def peak_bytes() -> int:
    """The most memory of the GPU that tensors have held since `reset_peak`."""
    return int(torch.cuda.max_memory_allocated())
