"""Holm's correction of p values for multiple comparisons."""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values, in the order of the given ones (Holm, Scandinavian Journal of Statistics 6, 1979).

    Controls the family-wise error rate under any dependence of the tests. nan stays nan and counts as no test.
    """
    p, tests = np.array(p_values, np.float64), int(np.sum(~np.isnan(p_values)))
    order = np.argsort(p)[:tests]  # nan goes last
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(tests, 0, -1)), 1.0)
    return [float(value) for value in adjusted]
