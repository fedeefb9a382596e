"""The engine `compiled`: a traced step compiled by TorchInductor (`torch.compile`), and called from Python."""

import torch
from torch import Tensor

from lightning_mods.engine.players import Called
from lightning_mods.engine.step import Batch, Step
from lightning_mods.engine.traced.predicting import Predictor
from lightning_mods.engine.traced.tracing import trace
from lightning_mods.stack.optimizer import State


class Inductor:
    """Players of compiled gradients; compilation takes tens of seconds and needs a C++ compiler."""

    def __init__(self, step: Step) -> None:
        self.step, self.logits = step, Predictor(step.stack)

    def __call__(self, flat: Tensor, state: State, batches: Batch) -> Called:
        """As `Maker`."""
        graph = trace(self.step.gradients, [flat, *(part[0] for part in batches)])
        return Called(self.step, flat, state, torch.compile(graph.module(), dynamic=False))
