"""Blocks of members with a thread for each, which run the steps of a chunk in parallel where that pays."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import pairwise

import torch
from torch import Tensor

from lightning_mods.engine.players import Maker
from lightning_mods.engine.step import Batch
from lightning_mods.stack.optimizer import State


class Blocks:
    """Blocks of members, a thread for each. Threads inside of operations would wait for one another at each of them."""

    def __init__(self, make: Maker, count: int, threads: int, flat: Tensor, state: State, batches: Batch) -> None:
        """`count` blocks for chunks of steps like the first one of `batches`, each with an equal share of `threads`.

        Weights and state are updated in place.
        """
        self.threads = max(1, threads // count)
        self.memory = [flat, *state.values()]
        edges = [len(flat) * block // count for block in range(count + 1)]
        self.members = [slice(*edge) for edge in pairwise(edges)]
        self.players = []
        for own in self.members:
            slots = {name: slot[own] for name, slot in state.items()}
            self.players.append(make(flat[own], slots, [part[:, own] for part in batches]))
        self.pool = ThreadPoolExecutor(max(1, count - 1), "block")

    def close(self) -> None:
        """End the threads."""
        self.pool.shutdown()

    def are_on(self, flat: Tensor, state: State) -> bool:
        """Whether these are the weights and the state that the blocks update."""
        places = [part.data_ptr() for part in (flat, *state.values())]
        return places == [part.data_ptr() for part in self.memory]

    def __call__(self, batches: Batch, active: Tensor, rates: Tensor) -> Tensor:
        """Batches `(steps, ...)`, active and rates `(steps, members)` -> losses `(steps, members)`."""
        threads = torch.get_num_threads()
        torch.set_num_threads(self.threads)  # new threads inherit it
        # Everything that needs Python's lock is done before the threads start.
        parts = self._split(batches, active, rates)
        take, *others = [play(*part) for play, part in zip(self.players, parts, strict=True)]
        works = [self.pool.submit(other) for other in others]
        try:
            losses = take()
        finally:
            wait(works)  # no block goes on updating weights when another has failed
            torch.set_num_threads(threads)
        return torch.cat([losses, *(work.result() for work in works)], 1)

    def _split(self, batches: Batch, active: Tensor, rates: Tensor) -> Iterator[tuple[list[Tensor], Tensor, Tensor]]:
        for own in self.members:
            yield [part[:, own] for part in batches], active[:, own], rates[:, own]
