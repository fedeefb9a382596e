"""The steps of a chunk: all members at once or, where there is much to compute, in blocks, a thread for each."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import torch
from torch import Tensor

from lightning_mods.gradients import MAKERS
from lightning_mods.kernels import Mover
from lightning_mods.optimizers import State
from lightning_mods.step import Batch, Step

BLOCK_FLOPS = 50e6
"""Arithmetic of a step that is worth a thread: with less, the threads wait for the interpreter's lock."""
Arguments = tuple[Tensor, State, Batch, Tensor, Tensor]
Results = tuple[Tensor, State, Tensor]


class Steps:
    """The steps of some members, on memory that stays where it is."""

    def __init__(self, step: Step, name: str, flat: Tensor, state: State, batches: Batch) -> None:
        """For the engine `name`, and chunks of steps like the first one of `batches`."""
        self.flat, self.state = flat.clone(), {name: slot.clone() for name, slot in state.items()}
        self.gradients = MAKERS[name](step, self.flat, batches)
        self.move = Mover(step.optimizer, self.flat, self.state)

    def __call__(self, flat: Tensor, state: State, batches: Batch, active: Tensor, rates: Tensor) -> Results:
        """As `Engine.run`."""
        self.flat.copy_(flat)
        for name, slot in state.items():
            self.state[name].copy_(slot)
        losses, speeds = torch.empty_like(active, dtype=flat.dtype), rates.tolist()
        for (gradients, loss), kept, moving in zip(self.gradients(batches), losses, active.tolist(), strict=True):
            self.move(gradients, moving, speeds)
            kept.copy_(loss)
        return self.flat.clone(), {name: slot.clone() for name, slot in self.state.items()}, losses


class Blocks:
    """Blocks of members, a thread for each. Threads inside of operations would wait for one another at each of them."""

    def __init__(self, step: Step, name: str, threads: int, flat: Tensor, state: State, batches: Batch) -> None:
        """As for `Steps`, on so many `threads`; what is not worth a block of its own is left to the operations."""
        # The same net in two threads would get the parameters of both; a trace is no net any more.
        count = num_blocks(flat, batches[0].shape[2], threads) if name == "traced" else 1
        self.threads = threads // count
        self.edges = [len(flat) * block // count for block in range(count + 1)]
        everyone = torch.ones(batches[0].shape[:2], dtype=torch.bool, device=flat.device)
        parts = self._split(flat, state, batches, everyone, everyone[0])
        self.steps = [Steps(step, name, *part[:3]) for part in parts]
        self.pool = ThreadPoolExecutor(count, "block") if count > 1 else None

    def _split(self, *arguments: *Arguments) -> Iterator[Arguments]:
        flat, state, batches, active, rates = arguments
        for start, stop in pairwise(self.edges):
            own = slice(start, stop)
            slots = {name: slot[own] for name, slot in state.items()}
            yield flat[own], slots, [part[:, own] for part in batches], active[:, own], rates[own]

    def __call__(self, *arguments: *Arguments) -> Results:
        """As `Engine.run`."""
        torch.set_num_threads(self.threads)  # new threads take it over
        if self.pool is None:
            return self.steps[0](*arguments)
        works = [
            self.pool.submit(steps, *part) for steps, part in zip(self.steps, self._split(*arguments), strict=True)
        ]
        flats, states, losses = zip(*(work.result() for work in works), strict=True)
        return (
            torch.cat(flats),
            {name: torch.cat([state[name] for state in states]) for name in states[0]},
            torch.cat(losses, 1),
        )


def num_blocks(flat: Tensor, rows: int, threads: int) -> int:
    """Into how many blocks weights `(members, size)` are worth to be split for a batch of `rows`; a GPU needs none."""
    flops = 6.0 * flat.numel() * rows
    return 1 if flat.is_cuda else max(1, min(threads, len(flat), int(flops // BLOCK_FLOPS)))
