"""Member: key (seed, repeat, fold) of a network of the stack, and the trial that it belongs to."""

from typing import NamedTuple


class Member(NamedTuple):
    """Key of one network of the stack: the address of its random streams; `trial` is a label that enters none."""

    seed: int
    repeat: int = 0
    fold: int = 0
    trial: int = 0
