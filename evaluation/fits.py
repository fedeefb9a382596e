"""How the training of the members went."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.keys import Key


class FoldFit(NamedTuple):
    """How the fit of one member went.

    `train_rows` is the number of rows that it was trained on, `train_targets` what `count_targets` says of them.
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
    """What `members` of a `fits.json` say, one by one."""
    return [FoldFit(**{name: member[name] for name in FoldFit._fields}) for member in members]


def count_targets(targets: NDArray[Any], task: str, classes: tuple[str, ...]) -> NDArray[Any]:
    """How many of `targets`, `(rows,)`, are of each class, `(classes,)`; of numbers, their sum and how many, `(2,)`.

    Those of two parts add up to those of the whole.
    """
    if task == "regression":
        return np.array([targets.sum(dtype=np.float64), len(targets)])
    return np.bincount(targets, minlength=len(classes))
