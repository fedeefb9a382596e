"""Private names of torch and Lightning that have no public equivalent: the only file here that uses any.

All were seen to work with torch 2.13.0 and pytorch-lightning 2.6.6; tests/lightning_mods/test_private_names.py tries
each, and says which one a new version has changed; a run then ends with one line.
"""

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import Tensor, nn

from experiment.run.libraries import private_names

with private_names(torch):
    # Sees every operation of torch below autograd and vmap. `torch.overrides.TorchFunctionMode`, which is public, sees
    # the functions that Python calls, and not what these are made of.
    from torch.utils._python_dispatch import TorchDispatchMode as TorchDispatchMode

CURRENT_HOOK = "_current_fx_name"
"""Attribute of a module that Lightning sets before and after each hook; nothing public says which one that is."""


class Moved(nn.Module):
    """A module that is told where it goes. `to`, `cuda` and `double` are overridden one by one, and miss a parent's."""

    def moved(self, move: Callable[[Tensor], Tensor]) -> None:
        """Do with tensors that are no part of the state what `move` does with those that are."""

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "Moved":
        self.moved(fn)
        return super()._apply(fn, recurse)


@private_names(pl)
def detects_anomalies(trainer: pl.Trainer) -> bool:
    """Whether it was made with `detect_anomaly=True`; `torch.is_anomaly_enabled()` is that only while it trains."""
    return trainer._detect_anomaly


@private_names(pl)
def is_compiled(module: pl.LightningModule) -> bool:
    """Whether torch has compiled it: Lightning unwraps what `torch.compile` gives, and `compile()` leaves no mark."""
    return module._compiler_ctx is not None or module._compiled_call_impl is not None


@private_names(pl)
def steps_between(callback: ModelCheckpoint) -> int:
    """Its `every_n_train_steps`, 0 if it goes by epochs or time; the argument is public, what it has become is not."""
    return callback._every_n_train_steps


@private_names(pl)
def data_given_to(loop: Any) -> Any:
    """What a loop of a Trainer takes its data from: a module, a datamodule or loaders, before they are set up."""
    return loop._data_source.instance
