"""How a chunk's steps are taken: called one by one from Python, or played from a trace. The numbers agree."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from lightning_mods.engine.kernels import Mover
from lightning_mods.engine.step import Batch, Step
from lightning_mods.engine.traced.interpreter import Interpreter
from lightning_mods.engine.traced.tracing import trace

Player = Callable[[Batch, Tensor, Sequence[float]], Callable[[], Tensor]]
"""Of a chunk, batches `(steps, ...)`, active `(steps, members)` and rates, a call that takes its steps.

The call gives losses `(steps, members)`; it moves the weights and the state of the player's `Mover` where they lie.
"""
Maker = Callable[[Tensor, Mover, Batch], Player]
"""Of weights `(members, size)` that stay where they lie, who moves them, and chunks of steps like the first."""


class Called:
    """Step by step, as Python calls it."""

    def __init__(self, gradients: Callable[..., tuple[Tensor, Tensor]], flat: Tensor, move: Mover) -> None:
        """`gradients` as `Step.gradients` has them."""
        self.gradients, self.flat, self.move = gradients, flat, move

    def __call__(self, batches: Batch, active: Tensor, rates: Sequence[float]) -> Callable[[], Tensor]:
        """As `Player`."""
        return partial(self._take, batches, active, rates)

    def _take(self, batches: Batch, active: Tensor, rates: Sequence[float]) -> Tensor:
        losses = torch.empty_like(active, dtype=self.flat.dtype)
        for *batch, moving, kept in zip(*batches, active, losses, strict=True):
            gradients, loss = self.gradients(self.flat, *batch)
            self.move(gradients, moving, rates)
            kept.copy_(loss)
        return losses


def eager(step: Step) -> Maker:
    """As it is written."""
    return lambda flat, move, batches: Called(step.gradients, flat, move)


def inductor(step: Step) -> Maker:
    """Through TorchInductor; it takes tens of seconds, and a C++ compiler."""

    def make(flat: Tensor, move: Mover, batches: Batch) -> Player:
        graph = trace(step.gradients, [flat, *(part[0] for part in batches)])
        return Called(torch.compile(graph.module(), dynamic=False), flat, move)

    return make


MAKERS: dict[str, Callable[[Step], Maker]] = {"eager": eager, "traced": Interpreter, "compiled": inductor}
"""By the name that `training.engine` has for each."""
