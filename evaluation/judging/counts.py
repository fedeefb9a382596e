"""Counts of each class: rows of it, rows predicted to be, and rows that are both."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Counts(NamedTuple):
    """Rows of each class, `(classes,)` each: those that are of it and predicted to be, those of it, those predicted."""

    right: Integers
    true: Integers
    given: Integers


def counts(targets: NDArray[Any], predicted: NDArray[Any]) -> Counts:
    """Class indices `(rows,)` twice, one row at least -> `Counts` of the classes up to the largest index."""
    size = int(max(targets.max(), predicted.max())) + 1
    of_each = (targets[targets == predicted], targets, predicted)
    return Counts(*(np.bincount(one, minlength=size).astype(np.int64) for one in of_each))
