"""Training record of each member: epochs, best epoch, numbers of rows and targets; from `fits.json`."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.keys import Key


class FoldFit(NamedTuple):
    """Training record of one member.

    `train_rows` is the number of its training rows, `train_targets` the result of `count_targets` for them.
    """

    repeat: int
    fold: int
    seed: int
    best_epoch: int
    epochs: int
    train_rows: int
    train_targets: list[float]

    @property
    def key(self) -> Key:
        """The member's (seed, repeat, fold)."""
        return self.seed, self.repeat, self.fold


def fold_fits(members: Iterable[Mapping[str, Any]]) -> list[FoldFit]:
    """Parse the entries of `members` of a `fits.json`."""
    return [FoldFit(**{name: member[name] for name in FoldFit._fields}) for member in members]


def count_targets(targets: NDArray[Any], task: str, classes: tuple[str, ...]) -> NDArray[Any]:
    """Count of each class in `targets`, `(rows,)` -> `(classes,)`; of a regression, sum and count, `(2,)`.

    The results of disjoint parts add up to that of the whole.
    """
    if task == "regression":
        return np.array([targets.sum(dtype=np.float64), len(targets)])
    return np.bincount(targets, minlength=len(classes))
