"""Learning rate of every fold over epochs, from `history.jsonl`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.keys import Key


def rate_curves(history: Sequence[Mapping[str, Any]]) -> dict[Key, NDArray[np.float64]]:
    """The learning rate of the last step of each epoch, (seed, repeat, fold) -> float64 `(epochs,)`.

    Empty if all rates are the same, as those of a constant schedule are, or if the lines have none.
    """
    found: dict[Key, list[float]] = defaultdict(list)
    for line in sorted(history, key=lambda line: int(line["epoch"])):
        for (seed, repeat, fold, *_), rate in zip(line["members"], line.get("learning_rate", ()), strict=False):
            found[seed, repeat, fold].append(rate)
    curves = {key: np.array(rates, np.float64) for key, rates in found.items()}  # None (null in the file) becomes nan
    return curves if len({rate for rates in curves.values() for rate in rates.tolist()}) > 1 else {}
