"""Players, which run the optimizer steps of a chunk: their interface, and the eager one, called from Python."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from lightning_mods.engine.step import Batch, Step
from lightning_mods.stack.optimizer import State, update

Player = Callable[[Batch, Tensor, Tensor], Callable[[], Tensor]]
"""Batches `(steps, ...)`, active and rates `(steps, members)` of a chunk -> a function that runs its steps.

The function returns losses `(steps, members)`, and updates the weights and the state of the player in place.
"""


class Maker(Protocol):
    """Builds players for training, and computes logits in the same way."""

    def __call__(self, flat: Tensor, state: State, batches: Batch) -> Player:
        """For weights `(members, size)` and state that are updated in place, and chunks of steps like `batches`."""

    def logits(self, flat: Tensor, inputs: Tensor) -> Tensor:
        """Logits of all members, `(members, batch, outputs)`, without dropout: inputs `(members, batch, columns)`."""


class Unstable(ValueError):
    """A net whose output differs from call to call: no engine makes its results reproducible."""


class Eager:
    """Eager execution: plain Python and torch."""

    def __init__(self, step: Step) -> None:
        self.step = step

    def __call__(self, flat: Tensor, state: State, batches: Batch) -> "Called":
        """As `Maker`."""
        return Called(self.step, flat, state)

    def logits(self, flat: Tensor, inputs: Tensor) -> Tensor:
        """As `Maker`."""
        return self.step.stack.predict(flat, inputs)


class Called:
    """Eager player: steps called one by one from Python."""

    def __init__(
        self, step: Step, flat: Tensor, state: State, gradients: Callable[..., tuple[Tensor, Tensor]] | None = None
    ) -> None:
        """Takes the steps of `step`; `gradients` may be a compiled form of its own."""
        self.step, self.gradients = step, step.gradients if gradients is None else gradients
        self.flat, self.state = flat, state

    def __call__(self, batches: Batch, active: Tensor, rates: Tensor) -> Callable[[], Tensor]:
        """As `Player`."""
        return partial(self._take, batches, active, rates)

    def _take(self, batches: Batch, active: Tensor, rates: Tensor) -> Tensor:
        losses = torch.empty_like(active, dtype=self.flat.dtype)
        for *batch, moving, speeds, kept in zip(*batches, active, rates, losses, strict=True):
            gradients, loss = self.gradients(self.flat, *batch)
            decays = self.step.settings(batch[4:]).get("weight_decay")
            moved, state = update(self.step.optimizer, self.flat, gradients, self.state, moving, speeds, decays)
            self.flat.copy_(moved)
            for name, slot in state.items():
                self.state[name].copy_(slot)
            kept.copy_(loss)
        return losses
