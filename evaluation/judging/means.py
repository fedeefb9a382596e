"""Means of several evaluations, key by key."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def mean_of(judged: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Key by key mean of nested dictionaries of floats; of reasons, the first one of each metric."""
    mean: dict[str, Any] = {}
    for key in dict.fromkeys(key for one in judged for key in one):
        values = [one[key] for one in judged if key in one]
        if isinstance(values[0], Mapping):
            mean[key] = mean_of(values)
        else:
            mean[key] = values[0] if isinstance(values[0], str) else float(np.mean(values))
    return mean
