"""How the training of the members went."""

from typing import NamedTuple


class FoldFit(NamedTuple):
    """How the fit of one member went; `train_rows` is the number of rows that it was trained on."""

    repeat: int
    fold: int
    seed: int
    best_epoch: int
    epochs: int
    train_rows: int
