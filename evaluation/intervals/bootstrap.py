"""Bootstrap of rows or groups; a resample is an array of counts, how often each row was drawn.

A resample is never copied out. A metric computes its sums and ranks from the counts, many resamples at once; so 10,000
of them cost about a second. (`evaluation/intervals/resampled.py`)
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
"""Work of about two seconds: resamples times rows times rankings, where drawing a row costs as much as 8 rankings.

A larger study gets fewer resamples, and its intervals name their number."""
BLOCK = 2**18
"""Counts per block, which fit into the CPU cache."""


def num_resamples(rows: int, rankings: int) -> int:
    """Number of resamples that take a few seconds, for `rankings` of `rows`: 10,000, or fewer of a large study."""
    return int(np.clip(WORK // max(rows * (DRAWING + rankings), 1), FEWEST, RESAMPLES))


def resample(statistic: Callable[[Counts], Floats], units: Units, resamples: int = RESAMPLES) -> Floats:
    """Values of `statistic` in each resample, `(resamples, values)`.

    Resamples are not stratified: with fixed numbers of rows of each class the intervals of precision, F1 and average
    precision would be too narrow.

    Args:
        statistic: counts `(block, rows)` -> `(block, values)`.
        units: `(rows,)`, the sampling unit of each row: its own number, or that of its group; consecutive from 0.
        resamples: their number.
    """
    blocks = _blocks(int(units.max()) + 1, resamples, BLOCK // len(units))
    if np.array_equal(units, np.arange(len(units))):  # every row is a unit of its own
        return _of_blocks(statistic, blocks)
    return _of_blocks(statistic, (np.take(counts, units, axis=1) for counts in blocks))


def leave_out(statistic: Callable[[Counts], Floats], units: Units) -> Floats:
    """Values of `statistic` without each unit in turn, `(units, values)`; args as in `resample`."""
    count, size = int(units.max()) + 1, max(1, BLOCK // len(units))
    turns = (np.arange(start, min(start + size, count)) for start in range(0, count, size))
    return _of_blocks(statistic, ((turn[:, None] != units).astype(np.int32) for turn in turns))


def _of_blocks(statistic: Callable[[Counts], Floats], blocks: Iterable[Counts]) -> Floats:
    # One thread: in such small products several are slower, on busy cores a hundred times.
    with threadpool_limits(limits=1, user_api="blas"):
        return np.concatenate([statistic(counts) for counts in blocks])


def _blocks(units: int, resamples: int, size: int) -> Iterator[Counts]:
    """Counts of `resamples`, `(block, units)`, in blocks of `size` or, if that is 0, of 1."""
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
