"""Encoding: what each network input is, and the column of the table that it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from configs.schema import Inputs
from datamodules.schema import Column
from datamodules.table import Table

Floats = NDArray[np.float64]
NUMBER, MISSING = np.nan, -1.0
"""`Encoding.level` of an input that is a number, and of one that is 1 where its column has no value."""


@dataclass(frozen=True, eq=False)
class Encoding:
    """How the columns of a table become network inputs; the same for all members, so that their widths are equal.

    A categorical column of L levels has L + 2 slots: its levels, then slot L for whatever level a member does not
    know, then slot L + 1 for a missing value. Any other column has no slots.

    Attributes:
        source: int64 `(inputs,)`, index of the column that an input is made of.
        level: float64 `(inputs,)`, the slot for which an input is 1, or `NUMBER` or `MISSING`.
        slots: int64 `(columns,)`, number of slots of each column.
    """

    source: NDArray[np.int64]
    level: Floats
    slots: NDArray[np.int64]

    @property
    def is_identity(self) -> bool:
        """Whether the inputs are the columns themselves."""
        return not self.slots.any() and len(self.source) == len(self.slots) and bool(np.isnan(self.level).all())

    @property
    def coded(self) -> NDArray[np.int64]:
        """Indices of the columns that have slots, `(coded,)`."""
        return np.flatnonzero(self.slots)

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Place of the first slot of each coded column where the slots of all follow each other, `(coded,)`."""
        return np.cumsum(self.slots[self.coded]) - self.slots[self.coded]

    def firsts(self, members: int) -> NDArray[np.int64]:
        """`offsets` where the slots of all members follow each other, `(members, 1, coded)`."""
        return np.arange(members)[:, None, None] * int(self.slots.sum()) + self.offsets

    @property
    def gathered(self) -> NDArray[np.int64]:
        """`source`, where the recoded columns stand behind all columns, `(inputs,)`."""
        places = np.arange(len(self.slots))
        places[self.coded] = len(self.slots) + np.arange(len(self.coded))
        return places[self.source]

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Indices of the inputs that are numbers, `(numbers,)`."""
        return np.flatnonzero(np.isnan(self.level))

    @property
    def order(self) -> NDArray[np.int64]:
        """Where each input stands if all inputs are followed by the numbers anew, `(inputs,)`."""
        places = np.arange(len(self.level))
        places[self.numbers] = len(self.level) + np.arange(len(self.numbers))
        return places

    @property
    def blocks(self) -> list[NDArray[np.int64]]:
        """Indices of the inputs that are numbers, then, column by column, of those that are 0 or 1; none is empty."""
        is_switch = ~np.isnan(self.level)
        switched = [np.flatnonzero(is_switch & (self.source == column)) for column in np.unique(self.source[is_switch])]
        return [block for block in (self.numbers, *switched) if len(block)]


def identity(columns: int) -> Encoding:
    """The encoding of columns that are all numbers: each of them is an input."""
    return Encoding(np.arange(columns), np.full(columns, NUMBER), np.zeros(columns, np.int64))


def encode(table: Table, inputs: Inputs) -> Encoding:
    """The encoding of a table.

    Numbers, yes/no, parts of dates and ordered levels are numbers; with `inputs.impute` auto, an input follows that is
    1 where such a column has no value, if the table lacks any. Of levels without an order each is an input (one-hot);
    then there is one for the unknown level and, if the table lacks a value, one for the missing one.
    """
    lacking: NDArray[np.bool_] = np.asarray(np.isnan(table.features).any(axis=0))
    first = {column.source: place for place, column in reversed([*enumerate(table.schema)])}
    levels = [
        list(_levels(column, bool(lacks), inputs.impute == "auto" and first[column.source] == place))
        for place, (column, lacks) in enumerate(zip(table.schema, lacking, strict=True))
    ]
    source = np.repeat(np.arange(len(levels)), [len(each) for each in levels])
    slots = [len(column.levels) + 2 if column.kind == "categorical" else 0 for column in table.schema]
    return Encoding(source, np.array([level for each in levels for level in each], np.float64), np.array(slots))


def _levels(column: Column, lacks: bool, indicates: bool) -> Iterator[float]:
    """`Encoding.level` of each input of a column; of a date, only the first column `indicates` that it is missing."""
    if column.kind == "categorical" and not column.ordered:
        yield from map(float, range(len(column.levels) + 1 + lacks))
    else:
        yield NUMBER
        if lacks and indicates:
            yield MISSING


def slots_of(features: NDArray[np.floating], encoding: Encoding) -> NDArray[np.int64]:
    """Slot of each value of the coded columns: raw rows `(rows, columns)` -> `(rows, coded)`."""
    raw, slots = features[:, encoding.coded], encoding.slots[encoding.coded]
    return np.where(np.isnan(raw), slots - 1, np.clip(np.nan_to_num(raw), 0, slots - 2)).astype(np.int64)


def recoded(features: NDArray[np.floating], encoding: Encoding, recode: Floats) -> Floats:
    """The columns of raw rows, then the coded ones anew: `(rows, columns)` -> float64 `(rows, columns + coded)`.

    `recode` `(all slots,)` is the number that stands for each slot of each coded column; for a level that the member
    has not trained on it is the slot of the unknown level, for ordered levels their place or, if missing, NaN.
    """
    columns: Floats = np.asarray(features, np.float64)
    if not len(encoding.coded):
        return columns
    return np.hstack([columns, recode[slots_of(features, encoding) + encoding.offsets]])


def inputs_of(columns: Floats, encoding: Encoding, chosen: NDArray[np.int64] | None = None) -> Floats:
    """Inputs before they are filled and scaled, all or the `chosen` ones: what `recoded` gives -> `(rows, inputs)`."""
    if encoding.is_identity:
        return columns
    place, level = encoding.gathered, encoding.level
    place, level = (place, level) if chosen is None else (place[chosen], level[chosen])
    values = columns[:, place]
    switched = np.where(level == MISSING, np.isnan(values), values == level)
    return np.where(np.isnan(level), values, switched)
