"""Resamples of rows, as counts: how often each row was drawn.

A resample is never copied out. Whatever a metric needs of it, sums and ranks, it gets from the counts, many resamples
at once; so 10,000 of them cost about a second. (`evaluation/intervals/resampled.py`)
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

Counts = NDArray[np.int32]
Floats = NDArray[np.float64]
Units = NDArray[np.integer[Any]]

RESAMPLES, FEWEST = 10_000, 1_000
WORK, DRAWING = 8 * 10**8, 8
"""What is worth a wait of two seconds: resamples times rows times rankings, to draw a row being as much as 8 rankings.

A larger study gets fewer resamples, and says so."""
BLOCK = 2**18
"""Counts at once: they stay in the cache."""


def num_resamples(rows: int, rankings: int) -> int:
    """As many as can be had in seconds, for rows that are ranked in so many ways: 10,000, or fewer of a large study."""
    return int(np.clip(WORK // max(rows * (DRAWING + rankings), 1), FEWEST, RESAMPLES))


def resample(statistic: Callable[[Counts], Floats], units: Units, resamples: int = RESAMPLES) -> Floats:
    """Values of `statistic` in each resample, `(resamples, values)`.

    The number of rows of each class is drawn as well: it is an accident of these rows, and held still it would leave
    precision, F1 and average precision too narrow.

    Args:
        statistic: counts `(block, rows)` -> `(block, values)`.
        units: `(rows,)`, what is drawn, with all of its rows: the number of each row, or of its group; from 0 on, none
            left out.
        resamples: how many.
    """
    blocks = _blocks(int(units.max()) + 1, resamples, BLOCK // len(units))
    if np.array_equal(units, np.arange(len(units))):  # rows by themselves: nothing to hand on
        return _of_blocks(statistic, blocks)
    return _of_blocks(statistic, (np.take(counts, units, axis=1) for counts in blocks))


def leave_out(statistic: Callable[[Counts], Floats], units: Units) -> Floats:
    """Values of `statistic` without each unit in turn, `(units, values)`; args as in `resample`."""
    count, size = int(units.max()) + 1, max(1, BLOCK // len(units))
    turns = (np.arange(start, min(start + size, count)) for start in range(0, count, size))
    return _of_blocks(statistic, ((turn[:, None] != units).astype(np.int32) for turn in turns))


def _of_blocks(statistic: Callable[[Counts], Floats], blocks: Iterable[Counts]) -> Floats:
    # One thread: two that wait for each other in such small products are slower, on busy cores a hundred times.
    with threadpool_limits(limits=1, user_api="blas"):
        return np.concatenate([statistic(counts) for counts in blocks])


def _blocks(units: int, resamples: int, size: int) -> Iterator[Counts]:
    """Counts of so many resamples, `(block, units)`, `size` at once if that is one at least."""
    rng, size = np.random.Generator(np.random.Philox(0)), max(1, size)
    for start in range(0, resamples, size):
        drawn = rng.integers(units, size=(min(size, resamples - start), units))
        drawn += np.arange(len(drawn))[:, None] * units
        yield np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape).astype(np.int32)


def percentile_interval(values: Floats, level: float = 0.95) -> tuple[float, float]:
    """The middle `level` of `(resamples,)` values, nan left out (Efron and Tibshirani 1993, chapter 13)."""
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high)
