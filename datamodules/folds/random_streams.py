"""Counter-based random streams with an address: a draw depends on where it is used, never on earlier draws."""

import numpy as np

from configs.member import Member

WEIGHTS = 0
ORDER = 1
SPLIT = 2
SEARCH = 3
PERMUTATION = 4
UNUSED = 0
"""A word of every member's address, kept so that streams are those of version 0.1."""


def stream(*address: int) -> np.random.Generator:
    """Counter-based generator at `address = (seed, *place)`, every part an integer in [0, 2**32).

    The seed is the entropy and the place is the spawn key of a `SeedSequence`, so neighbouring addresses are
    independent (https://numpy.org/doc/stable/reference/random/parallel.html).

    Raises:
        ValueError: the address is empty, or a part has more than 32 bits or a sign.
    """
    try:
        # SeedSequence would make the same words of entropy and spawn key, but in three times as long as all the rest.
        words = np.array([address[0], 0, 0, 0, *address[1:]], np.uint32)
    except (IndexError, OverflowError) as error:
        raise ValueError(
            f"an address needs a seed, and parts of 32 bits without a sign. Received: {address}"
        ) from error
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(words)))


def member_stream(member: Member, purpose: int, *rest: int) -> np.random.Generator:
    """Generator of one member for one purpose (`WEIGHTS`, `ORDER`, `PERMUTATION`), at `rest`, e.g. an epoch or a layer.

    The number of folds is no part of the address: fold 3 starts the same in a study of 5 folds or of 10. Nor is the
    trial, which labels results: a trial's study alone gives them again.
    """
    return stream(member.seed, purpose, member.repeat, member.fold, UNUSED, *rest)
