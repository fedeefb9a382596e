"""How the steps of a chunk are run: one by one, from a trace, or compiled. The numbers are those of `Step`."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.fx import GraphModule

from experiment.compaction import Compaction
from experiment.log import log
from lightning_mods.optimizers import State
from lightning_mods.replay import Replay
from lightning_mods.step import Batch, ChunkFunction, Step, StepFunction
from lightning_mods.tracing import trace, with_everyone


class Engine:
    """Runs `step` in the way that `training.engine` names; `auto` traces when the study is long enough.

    Members that have finished leave the stack that is computed once that pays, and change nothing for the others.
    """

    def __init__(self, step: Step, name: str, members: int, expected_steps: int) -> None:
        """`expected_steps` of the whole training decide what `auto` is."""
        self.step = step
        self.name = choose(expected_steps) if name == "auto" else name
        self.functions: dict[tuple, ChunkFunction] = {}
        self.forwards: dict[torch.Size, GraphModule] = {}
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

    def logits(self, flat: Tensor, inputs: Tensor, keys: Tensor) -> Tensor:
        """What all members say, `(members, batch, outputs)`, without dropout: inputs `(members, batch, columns)`."""
        arguments = flat.detach(), inputs, keys
        if self.name == "eager":
            return self.step.stack.logits(*arguments, training=False)
        key = inputs.shape
        if key not in self.forwards:
            self.forwards[key] = trace(partial(self.step.stack.logits, training=False), arguments)
        return self.forwards[key](*arguments)

    def _run(
        self, flat: Tensor, state: State, batches: Batch, active: Tensor, rates: Tensor
    ) -> tuple[Tensor, State, Tensor]:
        if self.name == "eager":
            return run_steps(self.step, flat, state, batches, active, rates)
        key = flat.shape, batches[0].shape[1:]
        if key not in self.functions:
            started = time.perf_counter()
            example = [part[0] for part in batches]
            self.functions[key] = MAKERS[self.name](self.step, flat, state, example, active[0], rates)
            self.build_seconds = time.perf_counter() - started
            log.info("engine: %s a step of %d members in %.2f s", self.name, len(flat), self.build_seconds)
        return self.functions[key](flat, state, batches, active, rates)


def choose(expected_steps: int) -> str:
    """`traced` if its saving of about 1.5 ms a step wins back the 0.2 s that tracing takes, else `eager`."""
    name = "traced" if expected_steps >= 200 else "eager"
    log.info("engine: %s for up to %d steps; tracing pays from 200 steps on", name, expected_steps)
    return name


def run_steps(
    step: StepFunction, flat: Tensor, state: State, batches: Batch, active: Tensor, rates: Tensor
) -> tuple[Tensor, State, Tensor]:
    """The steps of a chunk one after the other."""
    losses = []
    for moving, *batch in zip(active, *batches, strict=True):
        flat, state, loss = step(flat, state, batch, moving, rates)
        losses.append(loss)
    return flat, state, torch.stack(losses)


def graph_of(
    step: Step, flat: Tensor, state: State, batch: Batch, active: Tensor, rates: Tensor
) -> tuple[GraphModule, list[Tensor]]:
    """`step` as a graph, and its inputs in order: weights, slots, active, rates, batch -> weights, slots, losses."""
    names = list(state)

    def flattened(flat: Tensor, *tensors: Tensor) -> tuple[Tensor, ...]:
        slots, (active, rates, *batch) = tensors[: len(names)], tensors[len(names) :]
        moved, state, losses = step(flat, dict(zip(names, slots, strict=True)), batch, active, rates)
        return moved, *(state[name] for name in names), losses

    inputs = [flat, *state.values(), active, rates, *batch]
    return trace(flattened, inputs), inputs


def traced(step: Step, *example: Any) -> ChunkFunction:
    """A chunk of steps replayed from a trace of one, for arguments like `example`."""
    graph, inputs = graph_of(step, *example)
    carried = 1 + len(example[1])
    masked = Replay(graph, inputs, carried)
    mask = [node.name for node in graph.graph.nodes if node.op == "placeholder"][carried]
    everyone = Replay(with_everyone(graph, mask), inputs, carried)

    @torch.inference_mode()
    def run(flat: Tensor, state: State, batches: Batch, active: Tensor, rates: Tensor) -> tuple:
        # Who takes no step is known here on a CPU; a GPU would have to be waited for.
        full = active.all(1).tolist() if active.device.type == "cpu" else [False] * len(active)
        losses = torch.empty_like(active, dtype=flat.dtype)
        carriers: Sequence[Tensor] = [flat, *state.values()]
        for index, moving in enumerate(full):
            replay = everyone if moving else masked
            load(replay.inputs, [*carriers, active[index], rates, *(part[index] for part in batches)])
            replay()
            carriers = replay.inputs[:carried]
            losses[index] = replay.outputs[carried]
        return carriers, losses

    def chunk(flat: Tensor, state: State, batches: Batch, active: Tensor, rates: Tensor) -> tuple:
        carriers, losses = run(flat, state, batches, active, rates)
        moved, *slots = [carrier.clone() for carrier in carriers]
        return moved, dict(zip(state, slots, strict=True)), losses.clone()

    return chunk


def load(places: Sequence[Tensor], tensors: Sequence[Tensor]) -> None:
    """Write each of `tensors` to its place, if it is not already there."""
    for place, tensor in zip(places, tensors, strict=True):
        if place is not tensor:
            place.copy_(tensor)


def compiled(step: Step, *example: Any) -> ChunkFunction:
    """A chunk of steps through TorchInductor; it takes tens of seconds, and a C++ compiler."""
    graph, _ = graph_of(step, *example)
    function = torch.no_grad()(torch.compile(graph, dynamic=False))

    def one_step(flat: Tensor, state: State, batch: Batch, active: Tensor, rates: Tensor) -> tuple:
        moved, *slots, losses = function(flat, *state.values(), active, rates, *batch)
        return moved, dict(zip(state, slots, strict=True)), losses

    return partial(run_steps, one_step)


MAKERS: dict[str, Callable[..., ChunkFunction]] = {"traced": traced, "compiled": compiled}
