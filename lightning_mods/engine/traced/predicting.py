"""The traced forward pass, for what validates and predicts."""

import torch
from torch import Tensor

from lightning_mods.engine.traced.replay import Replay, refusing
from lightning_mods.engine.traced.tracing import trace
from lightning_mods.stack.stack import Stack


class Predictor:
    """Replays of the forward pass of `stack`, one for each shape of inputs and place of weights."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.known: dict[tuple, Replay] = {}

    def __call__(self, flat: Tensor, inputs: Tensor) -> Tensor:
        """Logits `(members, batch, outputs)`, without dropout: inputs `(members, batch, columns)`."""
        key = flat.data_ptr(), inputs.shape
        if key not in self.known:
            # Memory that was made in inference mode could be used in no other.
            with torch.inference_mode(False), torch.no_grad():
                given = [flat, inputs.clone()]
                graph = trace(lambda *parts: (self.stack.predict(*parts),), given)
                self.known[key] = Replay(graph, given)
                with refusing():
                    self.known[key]()
        replay = self.known[key]
        replay.inputs[1].copy_(inputs)
        replay()
        return replay.outputs[0].clone()
