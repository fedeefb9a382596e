"""How the steps of a chunk are run: one by one, from a trace, or compiled. The numbers are those of `Step`."""

import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from experiment.compaction import Compaction
from experiment.log import log
from lightning_mods.optimizers import State
from lightning_mods.step import Batch, Step, StepFunction
from lightning_mods.tracing import trace


class Engine:
    """Runs `step` in the way that `training.engine` names; `auto` traces when the study is long enough.

    Members that have finished leave the stack that is computed once that pays, and change nothing for the others.
    """

    def __init__(self, step: Step, name: str, members: int, expected_steps: int) -> None:
        """`expected_steps` of the whole training decide what `auto` is."""
        self.step = step
        self.name = choose(expected_steps) if name == "auto" else name
        self.functions: dict[tuple, StepFunction] = {}
        self.compaction = Compaction(members)
        self.lanes: Tensor | None = None
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

    def _run(
        self, flat: Tensor, state: State, batches: Batch, active: Tensor, rates: Tensor
    ) -> tuple[Tensor, State, Tensor]:
        losses = []
        # Who takes no step is known here on a CPU; a GPU would have to be waited for.
        full = active.all(1).tolist() if active.device.type == "cpu" else [False] * len(active)
        for index, everyone in enumerate(full):
            batch = [part[index] for part in batches]
            arguments = (flat, state, batch, None if everyone else active[index], rates)
            flat, state, loss = self._function(arguments)(*arguments)
            losses.append(loss)
        return flat, state, torch.stack(losses)

    def _function(self, arguments: tuple) -> StepFunction:
        if self.name == "eager":
            return self.step
        flat, _, batch, active, _ = arguments
        key = (flat.shape, batch[0].shape, active is None)
        if key not in self.functions:
            started = time.perf_counter()
            self.functions[key] = MAKERS[self.name](self.step, arguments)
            self.build_seconds = time.perf_counter() - started
            log.info("engine: %s a step of %d members in %.2f s", self.name, len(flat), self.build_seconds)
        return self.functions[key]


def choose(expected_steps: int) -> str:
    """`traced` if its saving of about 1 ms a step wins back the 0.5 s that tracing takes, else `eager`."""
    name = "traced" if expected_steps >= 500 else "eager"
    log.info("engine: %s for up to %d steps; tracing pays from 500 steps on", name, expected_steps)
    return name


def traced(step: Step, arguments: tuple) -> StepFunction:
    """`step` as a replayed trace, for arguments of these shapes."""
    names = list(arguments[1])

    def flattened(
        flat: Tensor, slots: list[Tensor], batch: list[Tensor], active: Tensor | None, rates: Tensor
    ) -> tuple:
        moved, state, losses = step(flat, dict(zip(names, slots, strict=True)), batch, active, rates)
        return moved, [state[name] for name in names], losses

    flat, state, batch, active, rates = arguments
    graph = trace(flattened, (flat, [state[name] for name in names], batch, active, rates))

    def replay(flat: Tensor, state: State, batch: Batch, active: Tensor | None, rates: Tensor) -> tuple:
        moved, slots, losses = graph(flat, [state[name] for name in names], batch, active, rates)
        return moved, dict(zip(names, slots, strict=True)), losses

    return torch.no_grad()(replay)


def compiled(step: Step, arguments: tuple) -> StepFunction:
    """The traced step through TorchInductor; it takes tens of seconds, and a C++ compiler."""
    return torch.compile(traced(step, arguments), dynamic=False)


MAKERS: dict[str, Callable[[Step, tuple], StepFunction]] = {"traced": traced, "compiled": compiled}
