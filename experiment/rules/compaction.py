"""Compaction of the stack: finished members leave once their cost equals that of building a smaller stack."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass
class Compaction:
    """Chooses the lanes of a stack, the members that it computes: all at first, then ever fewer.

    A stack of another size has to be built anew (traced, compiled), and the remaining epochs of the other members are
    unknown. This is the ski-rental problem: pay rent until it equals the `price` (Karlin et al. 1988), both in steps of
    the stack: measured in time, a resumed run would end with other bits. Sizes are powers of two, so there are few of
    them, and at least 2, since a stack of one rounds in another way.
    """

    members: int
    price: float
    wasted_steps: float = 0.0
    lanes: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        """All members start in a lane."""
        self.lanes = np.arange(self.members)

    def update(self, unfinished: NDArray[np.bool_], steps: int) -> bool:
        """Update after an epoch of `steps`; return whether the lanes have changed. `unfinished` is `(members,)`."""
        fewest = fewest_lanes(self.lanes, unfinished)
        if len(fewest) == len(self.lanes):
            return False
        self.wasted_steps += steps * (1.0 - len(fewest) / len(self.lanes))
        if self.wasted_steps < self.price:
            return False
        self.lanes, self.wasted_steps = fewest, 0.0
        return True

    def state(self) -> dict[str, NDArray]:
        """Arrays by name, for `restore`."""
        return {"lanes": self.lanes, "wasted_steps": np.array(self.wasted_steps)}

    def restore(self, state: Mapping[str, NDArray]) -> None:
        """Continue from a `state`."""
        self.lanes, self.wasted_steps = state["lanes"], float(state["wasted_steps"])


def fewest_lanes(lanes: NDArray[np.int64], unfinished: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The fewest of `lanes` that hold every member who is `unfinished` `(members,)`: a power of 2, at least 2.

    All of them, if none is unfinished or no smaller stack holds them.
    """
    count = int(unfinished.sum())
    size = 1 << max(1, (count - 1).bit_length()) if count else 0
    if not 0 < size < len(lanes):
        return lanes
    waiting = [lane for lane in lanes if unfinished[lane]]
    filling = [lane for lane in lanes if not unfinished[lane]]
    return np.array(sorted(waiting + filling[: size - count]))


def of_members(state: Mapping[str, NDArray], unfinished: NDArray[np.bool_]) -> dict[str, NDArray]:
    """The `state` of a compaction, for a stack of its own of some of the members, who are `unfinished` `(members,)`.

    That stack is built anew in any case, so it starts with the fewest lanes.
    """
    lanes = fewest_lanes(np.arange(len(unfinished)), unfinished)
    return {"lanes": lanes, "wasted_steps": np.zeros_like(state["wasted_steps"])}
