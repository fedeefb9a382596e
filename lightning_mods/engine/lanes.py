"""Memory for who is still computed once others have finished: an engine moves weights where they lie."""

import torch
from torch import Tensor

from lightning_mods.stack.optimizer import State


class Lanes:
    """Memory for some members of a stack, into which they are taken for a chunk."""

    def __init__(self, index: Tensor) -> None:
        """For the members `index` of weights and state `(members, ...)`."""
        self.index = index
        self.rows: State = {}

    def take(self, flat: Tensor, state: State) -> tuple[Tensor, State]:
        """Weights and state of the members, always in the same place."""
        rows = {"flat": flat, **state}
        if not self.rows:
            self.rows = {name: torch.empty_like(slot[: len(self.index)]) for name, slot in rows.items()}
        for name, slot in rows.items():
            torch.index_select(slot, 0, self.index, out=self.rows[name])
        own = dict(self.rows)
        return own.pop("flat"), own

    def give_back(self, flat: Tensor, state: State) -> None:
        """Write them to where all members lie."""
        for name, slot in {"flat": flat, **state}.items():
            slot.index_copy_(0, self.index, self.rows[name])
