"""The engine of a stack: runs its chunks of optimizer steps eagerly, traced or compiled, for the active members."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from experiment.record.log import log
from experiment.rules.compaction import Compaction
from experiment.rules.resources.fitting import num_blocks
from experiment.rules.resources.out_of_memory import is_out_of_memory
from lightning_mods.engine.blocks import Blocks
from lightning_mods.engine.lanes import Lanes
from lightning_mods.engine.makers import cause_of, maker_of
from lightning_mods.engine.players import Unstable
from lightning_mods.engine.step import Batch, Step
from lightning_mods.stack.optimizer import State

_T = TypeVar("_T")
BUILDING = {"eager": 0, "traced": 200, "compiled": 20_000}
"""Steps that take as long as building the stack anew, by the name of the engine."""


class Engine:
    """Runs `step` in the way that `training.engine` names; `auto` traces when the study is long enough.

    Members that have finished are left out of the computation once that saves time; the others' results stay the same.
    """

    def __init__(self, step: Step, name: str, members: int, expected_steps: int) -> None:
        """`expected_steps` of the whole training decide which engine `auto` is."""
        self.step = step
        self.auto, self.name = name == "auto", choose(expected_steps) if name == "auto" else name
        self.blocks: dict[tuple, Blocks] = {}
        self.compaction = Compaction(members, BUILDING[self.name])
        self.make = self._or_eagerly(lambda: maker_of(self.name, step))
        self.lanes: Lanes | None = None
        self.threads = torch.get_num_threads()

    def __getstate__(self) -> dict[str, Any]:
        """A copy of a module builds its own: scripts and threads cannot be copied."""
        return self.__dict__ | {"make": None, "blocks": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a copy, and an engine that was pickled."""
        self.__dict__ |= state | {"make": maker_of(state["name"], state["step"])}

    def close(self) -> None:
        """Release threads and traces, which are made again when they are needed."""
        self._drop_blocks()
        self.make = maker_of(self.name, self.step)

    def compact(self, unfinished: NDArray[np.bool_], steps: int) -> None:
        """After an epoch of `steps`: leave out members that are not `unfinished` `(members,)`, if that pays."""
        if self.compaction.update(unfinished, steps):
            self.use_lanes()

    def use_lanes(self) -> None:
        """Compute the members that `compaction` has chosen."""
        lanes, members = self.compaction.lanes, self.compaction.members
        if len(lanes) < members:
            self._drop_blocks()
            self.lanes = Lanes(torch.as_tensor(lanes, device=self.step.stack.flat.device))
            log.info("engine: computing %d of %d members", len(lanes), members)

    def run(self, flat: Tensor, state: State, batches: Batch, active: Tensor, rates: Tensor) -> Tensor:
        """Update weights `(members, size)` and state in place by all steps of a chunk.

        Batches `(steps, members, ...)`, active and rates `(steps, members)` -> losses `(steps, members)`.
        """
        if self.lanes is None:
            return self._run(flat, state, batches, active, rates)
        index = self.lanes.index
        parts = [part[:, index] for part in batches]
        chosen = self._run(*self.lanes.take(flat, state), parts, active[:, index], rates[:, index])
        self.lanes.give_back(flat, state)
        return torch.zeros_like(active, dtype=flat.dtype).index_copy(1, index, chosen)

    def logits(self, flat: Tensor, inputs: Tensor) -> Tensor:
        """Logits of all members, `(members, batch, outputs)`, without dropout: inputs `(members, batch, columns)`."""
        return self._or_eagerly(lambda: self.make.logits(flat.detach(), inputs))

    def _or_eagerly(self, result: Callable[[], _T]) -> _T:
        """`result`; where what `auto` has chosen cannot be built, the log says why and the training goes on eagerly."""
        try:
            return result()
        except Unstable:
            raise
        except Exception as error:  # an error of the net itself is raised again by the eager engine
            if not self.auto or self.name == "eager" or (is_out_of_memory(error) and self.compaction.members > 1):
                raise  # a smaller stack may fit, and is faster than an eager one
            log.info("engine: eager from here on, which is slower: %s", cause_of(error))
        self.name, self.compaction.price = "eager", BUILDING["eager"]
        self.make = maker_of(self.name, self.step)
        self._drop_blocks()
        return result()

    def _drop_blocks(self) -> None:
        for blocks in self.blocks.values():
            blocks.close()
        self.blocks.clear()

    def _run(self, flat: Tensor, state: State, batches: Batch, active: Tensor, rates: Tensor) -> Tensor:
        key = flat.shape, *(part.shape[1:] for part in batches)
        if key not in self.blocks or not self.blocks[key].are_on(flat, state):
            started = time.perf_counter()
            self.blocks[key] = self._or_eagerly(lambda: self._blocks(flat, state, batches))
            count, members = len(self.blocks[key].members), len(flat)
            seconds, blocks = time.perf_counter() - started, f" in {count} blocks" * (count > 1)
            log.info("engine: %s, a step of %d members%s is ready after %.2f s", self.name, members, blocks, seconds)
        return self.blocks[key](batches, active, rates)

    def _blocks(self, flat: Tensor, state: State, batches: Batch) -> Blocks:
        # functional_call sets parameters on the net, which two threads cannot share; a trace has no net.
        alone = flat.is_cuda or self.name != "traced"
        count = 1 if alone else num_blocks(len(flat), flat.shape[1], batches[0].shape[2])
        return Blocks(self.make, count, self.threads, flat, state, batches)


def choose(expected_steps: int) -> str:
    """`traced` if its saving of about 1 ms a step wins back the 0.05 s that tracing takes, else `eager`."""
    name = "traced" if expected_steps >= 50 else "eager"
    log.info("engine: %s for up to %d steps; tracing pays from 50 steps on", name, expected_steps)
    return name
