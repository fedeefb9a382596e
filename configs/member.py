"""Member: key (seed, repeat, fold) of a network of the stack."""

from typing import NamedTuple


class Member(NamedTuple):
    """Key of one network of the stack: the address of its random streams."""

    seed: int
    repeat: int = 0
    fold: int = 0
    trial: int = 0
