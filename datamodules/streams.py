"""Random numbers with an address: what a draw is depends on where it is used, never on what was drawn before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datamodules.folds import Member

WEIGHTS = 0
ORDER = 1
SPLIT = 2


def stream(*address: int) -> np.random.Generator:
    """Counter-based generator at `address = (seed, *place)`, every part an integer >= 0.

    The seed is the entropy and the place is the spawn key of a `SeedSequence`, so neighbouring addresses are
    independent (https://numpy.org/doc/stable/reference/random/parallel.html).

    Raises:
        ValueError: the address is empty or has a negative part.
    """
    if not address or min(address) < 0:
        raise ValueError(f"an address needs a seed and has no negative part. Received: {address}")
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(address[0], spawn_key=address[1:])))


def member_stream(member: Member, purpose: int, *rest: int) -> np.random.Generator:
    """Generator of one member for one purpose (`WEIGHTS`, `ORDER`), at `rest`, e.g. an epoch or a layer.

    The number of folds is no part of the address: fold 3 starts the same in a study of 5 folds or of 10.
    """
    return stream(member.seed, purpose, member.repeat, member.fold, member.trial, *rest)
