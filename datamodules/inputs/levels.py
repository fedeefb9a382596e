"""Known levels of categorical columns: those of a member's training rows; all others are one unknown level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datamodules.inputs.encoding import Encoding
from datamodules.schema import Column


def fit_levels(
    schema: Sequence[Column], encoding: Encoding, slots: NDArray[np.int64], fewest: int
) -> NDArray[np.float64]:
    """What stands for each slot of the coded columns, `(all slots,)`, from those of the training rows `(rows, coded)`.

    A level with fewer than `fewest` rows (at least one) becomes the unknown level, so does a missing value, and the
    unknown level is -1, which is no slot, if no training row has it: nothing was learned of it then. This is
    `min_frequency` with `handle_unknown="infrequent_if_exist"` of scikit-learn's `OneHotEncoder`. Levels with an order
    keep their places, whoever has trained on them; an unknown and a missing one are NaN.
    """
    found = [
        _ordered(count) if schema[column].ordered else _known(np.bincount(values, minlength=count), fewest)
        for column, count, values in zip(encoding.coded, encoding.slots[encoding.coded], slots.T, strict=True)
    ]
    return np.concatenate([np.empty(0), *found])


def _known(counts: NDArray[np.int64], fewest: int) -> NDArray[np.float64]:
    known = counts >= max(fewest, 1)
    unknown = len(counts) - 2 if counts[~known].any() else -1
    return np.where(known, np.arange(len(counts)), unknown).astype(np.float64)


def _ordered(count: int) -> NDArray[np.float64]:
    return np.append(np.arange(count - 2.0), [np.nan, np.nan])
