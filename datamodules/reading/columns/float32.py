"""Conversion to float32, the type of network inputs: overflow, and loss of distinct values by rounding."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from datamodules.checks.values import count_rows
from datamodules.reading.names import listed

EXACT = 2**24
SAMPLED = 1000
KEPT = 0.9
"""Share of its distinct values that a column must keep; below it there is a note."""
SHOWN = 5


def as_float32(values: NDArray[np.float64], place: str, cure: str) -> NDArray[np.float32]:
    """`values` `(rows,)`, each rounded to the nearest float32.

    Raises:
        StudyError: a finite number would become infinite.
    """
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    large = np.isinf(single) & np.isfinite(values)
    if large.any():
        raise StudyError([f"{place} has {count_rows('too large', large)}, above 3.4e38, where float32 ends: {cure}"])
    return single


def what_is_lost(values: NDArray[np.float64], single: NDArray[np.float32]) -> str | None:
    """`2 of 121 values are left` of the distinct ones, "" of a whole number that is too long, None of the rest.

    A sample that keeps all of its values rules out that a tenth of them is lost.
    """
    every = max(1, len(values) // SAMPLED)
    if _distinct(single[::every]) < _distinct(values[::every]):
        before, after = _distinct(values), _distinct(single)
        if after < KEPT * before:
            return f"{after:,} of {before:,} values are left"
    rounded = np.isfinite(single) & (np.abs(values) > EXACT) & (single != values)
    return "" if rounded.any() else None


def precision_notes(lost: Mapping[str, str]) -> list[str]:
    """A note for each kind of loss, from the results of `what_is_lost` by column name."""
    merged = [f"'{name}' ({said})" for name, said in lost.items() if said]
    rounded = [f"'{name}'" for name, said in lost.items() if not said]
    notes = []
    if merged:
        cure = "subtract an offset, or rescale it; an identifier belongs into data.drop"
        notes.append(f"float32 cannot tell the values of {_columns(merged)} apart: {cure}")
    if rounded:
        has = "has" if len(rounded) == 1 else "have"
        cause = f"{_columns(rounded)} {has} numbers above {EXACT:,}, rounded to float32"
        notes.append(f"{cause} (an identifier belongs into data.drop)")
    return notes


def _distinct(values: NDArray[np.floating]) -> int:
    return len(np.unique(values[~np.isnan(values)]))


def _columns(named: list[str]) -> str:
    return f"column{'' if len(named) == 1 else 's'} {listed(named, SHOWN)}"
