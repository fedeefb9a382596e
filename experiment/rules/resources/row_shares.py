"""Share of a batch that each of several devices computes: positions in the batch, never rows of the table."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.schema import Study
from experiment.rules.dropout import Window


@dataclass(frozen=True)
class RowShare:
    """The share of device number `rank` of `count`: as many consecutive positions of a batch as every other device has.

    Where they do not divide the batch, the last devices have positions behind it, which are padding.
    """

    rank: int
    count: int

    def window(self, rows: int) -> Window:
        """The share of a batch of so many `rows`: its first position, and the number of its positions."""
        length = -(-rows // self.count)
        return Window(self.rank * length, length)

    def places(self, rows: int) -> NDArray[np.int64]:
        """Positions of the share in a batch of so many `rows`, `(share,)`; padding repeats the last row."""
        first, length = self.window(rows)
        return np.minimum(np.arange(first, first + length), rows - 1)

    def valid(self, rows: int) -> NDArray[np.bool_]:
        """Whether a position of the share is a row, and no padding, `(share,)`."""
        first, length = self.window(rows)
        return np.arange(first, first + length) < rows


def num_shares(study: Study, gpus: int) -> int:
    """Devices that share the rows of a batch: processes of a CPU where there are no `gpus`; 1 if rows are not shared.

    Raises StudyError for more devices than there are GPUs.
    """
    count = study.training.devices
    if study.training.strategy != "rows" or count == "auto":
        return 1
    if 0 < gpus < count:
        there = f"{gpus} GPU{'s are' if gpus > 1 else ' is'} visible"
        raise StudyError([f"training.devices: is {count}, and {there}; set it to {gpus}, or accelerator to cpu"])
    return count
