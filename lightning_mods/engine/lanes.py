"""Buffers for the members that still train once others have finished, since an engine updates weights in place."""

import torch
from torch import Tensor

from lightning_mods.stack.optimizer import State


class Lanes:
    """Buffers for some members of a stack, into which their weights and state are copied for a chunk."""

    def __init__(self, index: Tensor) -> None:
        """For the members `index` of weights and state `(members, ...)`."""
        self.index = index
        self.rows: State = {}

    def take(self, flat: Tensor, state: State) -> tuple[Tensor, State]:
        """Copy weights and state of the members to the buffers, which stay the same, and return these."""
        rows = {"flat": flat, **state}
        if not self.rows:
            self.rows = {name: torch.empty_like(slot[: len(self.index)]) for name, slot in rows.items()}
        for name, slot in rows.items():
            torch.index_select(slot, 0, self.index, out=self.rows[name])
        own = dict(self.rows)
        return own.pop("flat"), own

    def give_back(self, flat: Tensor, state: State) -> None:
        """Copy the buffers back to the weights and the state of all members."""
        for name, slot in {"flat": flat, **state}.items():
            slot.index_copy_(0, self.index, self.rows[name])
