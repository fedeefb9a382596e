"""Which way the chunks of a stack are run, and for which of its members."""

import time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from experiment.compaction import Compaction
from experiment.log import log
from lightning_mods.chunks import Blocks
from lightning_mods.optimizers import State
from lightning_mods.replay import Replay
from lightning_mods.step import Batch, Step
from lightning_mods.tracing import trace


class Engine:
    """Runs `step` in the way that `training.engine` names; `auto` traces when the study is long enough.

    Members that have finished leave the stack that is computed once that pays, and change nothing for the others.
    """

    def __init__(self, step: Step, name: str, members: int, expected_steps: int) -> None:
        """`expected_steps` of the whole training decide what `auto` is."""
        self.step = step
        self.name = choose(expected_steps) if name == "auto" else name
        self.blocks: dict[tuple, Blocks] = {}
        self.forwards: dict[torch.Size, Replay] = {}
        self.compaction = Compaction(members)
        self.lanes: Tensor | None = None
        self.threads = torch.get_num_threads()
        self.epoch_seconds = self.build_seconds = 0.0

    def compact(self, unfinished: NDArray[np.bool_]) -> None:
        """After an epoch: leave out members that are not `unfinished` `(members,)`, if it is time to."""
        if self.compaction.update(unfinished, self.epoch_seconds, self.build_seconds):
            self.lanes = torch.as_tensor(self.compaction.lanes, device=self.step.stack.flat.device)
            log.info("engine: %d of %d members are still computed", len(self.lanes), len(unfinished))
        self.epoch_seconds = 0.0

    def run(
        self, flat: Tensor, state: State, batches: Batch, active: Tensor, rates: Tensor
    ) -> tuple[Tensor, State, Tensor]:
        """All steps of a chunk: batches `(steps, ...)` and active `(steps, members)` -> losses `(steps, members)`."""
        started = time.perf_counter()
        if self.lanes is None:
            results = self._run(flat, state, batches, active, rates)
        else:
            lanes = self.lanes
            picked = {name: slot[lanes] for name, slot in state.items()}
            parts = [part[:, lanes] for part in batches]
            moved, slots, chosen = self._run(flat[lanes], picked, parts, active[:, lanes], rates[lanes])
            kept = {name: slot.index_copy(0, lanes, slots[name]) for name, slot in state.items()}
            losses = torch.zeros_like(active, dtype=flat.dtype).index_copy(1, lanes, chosen)
            results = flat.index_copy(0, lanes, moved), kept, losses
        self.epoch_seconds += time.perf_counter() - started
        return results

    def logits(self, flat: Tensor, inputs: Tensor, keys: Tensor) -> Tensor:
        """What all members say, `(members, batch, outputs)`, without dropout: inputs `(members, batch, columns)`."""
        arguments = flat.detach(), inputs, keys
        if self.name == "eager":
            return self.step.stack.logits(*arguments, training=False)
        if inputs.shape not in self.forwards:
            graph = trace(lambda *given: (self.step.stack.logits(*given, training=False),), arguments)
            self.forwards[inputs.shape] = Replay(graph, [torch.clone(one) for one in arguments])
        replay = self.forwards[inputs.shape]
        torch._foreach_copy_(replay.inputs, arguments)
        replay()
        return replay.outputs[0].clone()

    def _run(
        self, flat: Tensor, state: State, batches: Batch, active: Tensor, rates: Tensor
    ) -> tuple[Tensor, State, Tensor]:
        key = flat.shape, *(part.shape[1:] for part in batches)
        if key not in self.blocks:
            started = time.perf_counter()
            self.blocks[key] = Blocks(self.step, self.name, self.threads, flat, state, batches)
            self.build_seconds = time.perf_counter() - started
            blocks = f" in {count} blocks" if (count := len(self.blocks[key].steps)) > 1 else ""
            members, seconds = len(flat), self.build_seconds
            log.info("engine: %s, a step of %d members%s is ready after %.2f s", self.name, members, blocks, seconds)
        return self.blocks[key](flat, state, batches, active, rates)


def choose(expected_steps: int) -> str:
    """`traced` if its saving of about 1 ms a step wins back the 0.05 s that tracing takes, else `eager`."""
    name = "traced" if expected_steps >= 50 else "eager"
    log.info("engine: %s for up to %d steps; tracing pays from 50 steps on", name, expected_steps)
    return name
