"""The model line: what a step costs when members are stacked."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np


class ModelLine(NamedTuple):
    """`T(k) = dispatch + k * compute`: seconds of a step of k members.

    `dispatch` is what a step costs however many members there are, `compute` what each of them adds.
    """

    dispatch: float
    compute: float

    def seconds(self, members: int) -> float:
        """Seconds of a step of so many members."""
        return self.dispatch + members * self.compute

    def ratio(self, members: int) -> float:
        """`R(k) = (t_d + k t_c) / (t_d + t_c)`: a step of k members, in steps of one."""
        return self.seconds(members) / self.seconds(1)

    @property
    def free_members(self) -> float:
        """Members that double the cost of a step: up to about here they are free."""
        return self.dispatch / self.compute if self.compute > 0 else float("inf")


def fit_line(seconds: Mapping[int, float]) -> ModelLine:
    """Least squares of the relative errors over measured `seconds` by members; neither part is below 0.

    Relative, because a large stack would otherwise be all that counts. Raises ValueError for fewer than two sizes.
    """
    if len(seconds) < 2:
        raise ValueError(f"a line needs two sizes. Received: {sorted(seconds)}")
    members, measured = np.array(list(seconds)), np.array(list(seconds.values()))
    design = np.stack([1.0 / measured, members / measured], axis=1)
    dispatch, compute = np.linalg.lstsq(design, np.ones(len(measured)), rcond=None)[0]
    if dispatch < 0 or compute < 0:
        only = 1 if dispatch < 0 else 0
        column = design[:, only]
        value = float(column.sum() / (column**2).sum())
        return ModelLine(0.0, value) if only else ModelLine(value, 0.0)
    return ModelLine(float(dispatch), float(compute))
