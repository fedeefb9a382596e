"""Which way the chunks of a stack are run, and for which of its members."""

import time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from experiment.record.log import log
from experiment.rules.compaction import Compaction
from experiment.rules.resources import num_blocks
from lightning_mods.engine.blocks import Blocks
from lightning_mods.engine.lanes import Lanes
from lightning_mods.engine.players import MAKERS
from lightning_mods.engine.step import Batch, Step
from lightning_mods.engine.traced.replay import Replay, refusing
from lightning_mods.engine.traced.tracing import trace
from lightning_mods.optimizers import State

BUILDING = {"eager": 0, "traced": 200, "compiled": 20_000}
"""Steps that take as long as building the stack anew, by the name of the engine."""


class Engine:
    """Runs `step` in the way that `training.engine` names; `auto` traces when the study is long enough.

    Members that have finished leave the stack that is computed once that pays, and change nothing for the others.
    """

    def __init__(self, step: Step, name: str, members: int, expected_steps: int) -> None:
        """`expected_steps` of the whole training decide what `auto` is."""
        self.step = step
        self.name = choose(expected_steps) if name == "auto" else name
        self.make = MAKERS[self.name](step)
        self.blocks: dict[tuple, Blocks] = {}
        self.forwards: dict[tuple, Replay] = {}
        self.compaction = Compaction(members, BUILDING[self.name])
        self.lanes: Lanes | None = None
        self.threads = torch.get_num_threads()

    def __getstate__(self) -> dict[str, Any]:
        """A copy of a module builds its own: scripts and threads cannot be copied."""
        return self.__dict__ | {"make": None, "blocks": {}, "forwards": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Of a copy, and of one that was pickled."""
        self.__dict__ |= state | {"make": MAKERS[state["name"]](state["step"])}

    def close(self) -> None:
        """Let go of threads and traces, which are made anew when they are needed."""
        self._drop_blocks()
        self.forwards.clear()

    def compact(self, unfinished: NDArray[np.bool_], steps: int) -> None:
        """After an epoch of so many steps: leave out who is not `unfinished` `(members,)`, if it is time to."""
        if self.compaction.update(unfinished, steps):
            self.use_lanes()

    def use_lanes(self) -> None:
        """Compute the members that `compaction` has chosen."""
        lanes, members = self.compaction.lanes, self.compaction.members
        if len(lanes) < members:
            self._drop_blocks()
            self.lanes = Lanes(torch.as_tensor(lanes, device=self.step.stack.flat.device))
            log.info("engine: %d of %d members are still computed", len(lanes), members)

    def run(self, flat: Tensor, state: State, batches: Batch, active: Tensor, rates: Tensor) -> Tensor:
        """Move weights `(members, size)` and state, where they lie, by all steps of a chunk.

        Batches `(steps, members, ...)`, active `(steps, members)` and rates `(members,)` -> losses `(steps, members)`.
        """
        if self.lanes is None:
            return self._run(flat, state, batches, active, rates)
        index = self.lanes.index
        parts = [part[:, index] for part in batches]
        chosen = self._run(*self.lanes.take(flat, state), parts, active[:, index], rates[index])
        self.lanes.give_back(flat, state)
        return torch.zeros_like(active, dtype=flat.dtype).index_copy(1, index, chosen)

    def logits(self, flat: Tensor, inputs: Tensor) -> Tensor:
        """What all members say, `(members, batch, outputs)`, without dropout: inputs `(members, batch, columns)`."""
        flat = flat.detach()
        if self.name == "eager":
            return self.step.stack.predict(flat, inputs)
        key = flat.data_ptr(), inputs.shape
        if key not in self.forwards:
            # Memory that was made in inference mode could be used in no other.
            with torch.inference_mode(False), torch.no_grad():
                given = [flat, inputs.clone()]
                graph = trace(lambda *parts: (self.step.stack.predict(*parts),), given)
                self.forwards[key] = Replay(graph, given)
                with refusing():
                    self.forwards[key]()
        replay = self.forwards[key]
        replay.inputs[1].copy_(inputs)
        replay()
        return replay.outputs[0].clone()

    def _drop_blocks(self) -> None:
        for blocks in self.blocks.values():
            blocks.close()
        self.blocks.clear()

    def _run(self, flat: Tensor, state: State, batches: Batch, active: Tensor, rates: Tensor) -> Tensor:
        key = flat.shape, *(part.shape[1:] for part in batches)
        if key not in self.blocks or not self.blocks[key].are_on(flat, state):
            started = time.perf_counter()
            # The same net in two threads would get the parameters of both; a trace is no net any more.
            alone = flat.is_cuda or self.name != "traced"
            count = 1 if alone else num_blocks(*flat.shape, batches[0].shape[2])
            self.blocks[key] = Blocks(self.make, self.step.optimizer, count, self.threads, flat, state, batches)
            seconds, blocks, members = time.perf_counter() - started, f" in {count} blocks" * (count > 1), len(flat)
            log.info("engine: %s, a step of %d members%s is ready after %.2f s", self.name, members, blocks, seconds)
        return self.blocks[key](batches, active, rates)


def choose(expected_steps: int) -> str:
    """`traced` if its saving of about 1 ms a step wins back the 0.05 s that tracing takes, else `eager`."""
    name = "traced" if expected_steps >= 50 else "eager"
    log.info("engine: %s for up to %d steps; tracing pays from 50 steps on", name, expected_steps)
    return name
