"""Traced forward pass, for validation and prediction."""

import torch
from torch import Tensor

from lightning_mods.engine.traced.replay import Replay, refusing
from lightning_mods.engine.traced.tracing import trace
from lightning_mods.stack.stack import Stack


class Predictor:
    """Replays of the forward pass of `stack`, one for each shape of inputs and address of weights."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.replays: dict[tuple, Replay] = {}

    def __call__(self, flat: Tensor, inputs: Tensor) -> Tensor:
        """Logits `(members, batch, outputs)`, without dropout: inputs `(members, batch, columns)`."""
        key = flat.data_ptr(), inputs.shape
        if key not in self.replays:
            # Tensors made in inference mode could not be used outside of it.
            with torch.inference_mode(False), torch.no_grad():
                given = [flat, inputs.clone()]
                graph = trace(lambda *parts: (self.stack.predict(*parts),), given)
                self.replays[key] = Replay(graph, given)
                with refusing():
                    self.replays[key]()
        replay = self.replays[key]
        replay.inputs[1].copy_(inputs)
        replay()
        return replay.outputs[0].clone()
