"""Training and validation loss curves of every fold, from `history.jsonl`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.keys import Key


class LossCurves(NamedTuple):
    """Losses of one member in each of its epochs, float64 `(epochs,)`; nan where the loss was not finite.

    `train` is the mean over an epoch's steps, dropout on; `validation`, at the epoch's end with dropout off, is empty
    in a study without validation rows.
    """

    train: NDArray[np.float64]
    validation: NDArray[np.float64]


def loss_curves(history: Sequence[Mapping[str, Any]]) -> dict[Key, LossCurves]:
    """The curves of every member, (seed, repeat, fold) -> curves, from the lines of `history.jsonl`."""
    losses: dict[Key, LossCurves] = {}
    found: dict[Key, list[tuple[Any, ...]]] = defaultdict(list)
    names = [name for name in ("train_loss", "validation_loss") if any(name in line for line in history)]
    for line in sorted(history, key=lambda line: int(line["epoch"])):
        for (seed, repeat, fold, *_), *values in zip(line["members"], *(line[name] for name in names), strict=True):
            found[seed, repeat, fold].append(tuple(values))
    for key, rows in found.items():
        curves = np.array(rows, np.float64).T  # None (null in the file) becomes nan
        losses[key] = LossCurves(curves[0], curves[1] if len(curves) > 1 else np.empty(0))
    return losses
