"""When finished members leave the stack: once carrying them has cost as much as building a smaller stack will."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass
class Compaction:
    """Chooses the lanes of a stack, the members that are computed: all at first, then ever fewer.

    A stack of another size has to be built anew (traced, compiled), and nobody knows how long the others will still
    train. As with skis that are rented or bought, one pays rent until it has come to the price: never more than twice
    what the best choice would have cost (Karlin et al. 1988). Sizes are powers of two, so there are few of them.
    """

    members: int
    wasted_seconds: float = 0.0
    lanes: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        """Everybody is computed."""
        self.lanes = np.arange(self.members)

    def update(self, unfinished: NDArray[np.bool_], epoch_seconds: float, build_seconds: float) -> bool:
        """After an epoch of `epoch_seconds`: whether the lanes have changed.

        `unfinished` is `(members,)`; `build_seconds` is what building the stack took the last time.
        """
        count = int(unfinished.sum())
        size = 1 << (count - 1).bit_length() if count else 0
        if not 0 < size < len(self.lanes):
            return False
        self.wasted_seconds += epoch_seconds * (1.0 - size / len(self.lanes))
        if self.wasted_seconds < build_seconds:
            return False
        waiting = [lane for lane in self.lanes if unfinished[lane]]
        filling = [lane for lane in self.lanes if not unfinished[lane]]
        self.lanes = np.array(sorted(waiting + filling[: size - count]))
        self.wasted_seconds = 0.0
        return True
