"""Encoding: what each network input is, and the column of the table that it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from configs.sections.inputs import Inputs
from datamodules.inputs.net_inputs import NetInputs
from datamodules.schema import Column
from datamodules.table import Table

Floats = NDArray[np.float64]
NUMBER, MISSING, CODE = np.nan, -1.0, -2.0
"""`Encoding.level` of a number, of an input that is 1 where its column has no value, and of a slot as a code."""
MOST_ONEHOT = 9
"""Largest number of levels that `inputs.categories` auto makes an input each of, where it could embed them."""


@dataclass(frozen=True, eq=False)
class Encoding:
    """How the columns of a table become network inputs; the same for all members, so that their widths are equal.

    A categorical column of L levels has L + 2 slots: its levels, then slot L for whatever level a member does not
    know, then slot L + 1 for a missing value. Any other column has no slots.

    Attributes:
        source: int64 `(inputs,)`, index of the column that an input is made of.
        level: float64 `(inputs,)`, the slot for which an input is 1, or `NUMBER`, `MISSING` or `CODE`.
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
    def is_plain(self) -> NDArray[np.bool_]:
        """Whether an input is the value of its column, and neither 0 nor 1, `(inputs,)`."""
        return np.isnan(self.level) | (self.level == CODE)

    @property
    def width(self) -> NetInputs:
        """The inputs of a net: numbers (0 and 1 among them), then codes."""
        codes = self.level == CODE
        return NetInputs(int((~codes).sum()), tuple(self.slots[self.source[codes]].tolist()))

    @property
    def blocks(self) -> list[NDArray[np.int64]]:
        """Indices of the inputs that are numbers, then, column by column, of the others; none is empty."""
        others = ~np.isnan(self.level)
        found = [np.flatnonzero(others & (self.source == column)) for column in np.unique(self.source[others])]
        return [block for block in (self.numbers, *found) if len(block)]


def identity(columns: int) -> Encoding:
    """The encoding of columns that are all numbers: each of them is an input."""
    return Encoding(np.arange(columns), np.full(columns, NUMBER), np.zeros(columns, np.int64))


def encode(table: Table, inputs: Inputs, embeds: bool = False) -> Encoding:
    """The encoding of a table.

    Numbers, yes/no, parts of dates and ordered levels are numbers; with `inputs.impute` auto, an input follows that is
    1 where such a column has no value, if the table lacks any. Of levels without an order each is an input (one-hot);
    then there is one for the unknown level and, if the table lacks a value, one for the missing one. Where the net
    `embeds` codes and `inputs.categories` has it so, they are one code, which stands behind all other inputs.
    """
    lacking: NDArray[np.bool_] = np.asarray(np.isnan(table.features).any(axis=0))
    first = {column.source: place for place, column in reversed([*enumerate(table.schema)])}
    fewest = {"auto": MOST_ONEHOT + 1, "embedding": 0}.get(inputs.categories) if embeds else None
    found = [
        (place, level)
        for place, (column, lacks) in enumerate(zip(table.schema, lacking, strict=True))
        for level in _levels(column, bool(lacks), inputs.impute == "auto" and first[column.source] == place, fewest)
    ]
    source, level = (np.array(each) for each in zip(*sorted(found, key=lambda one: one[1] == CODE), strict=True))
    slots = [len(column.levels) + 2 if column.kind == "categorical" else 0 for column in table.schema]
    return Encoding(source, level.astype(np.float64), np.array(slots))


def _levels(column: Column, lacks: bool, indicates: bool, fewest: int | None) -> Iterator[float]:
    """`Encoding.level` of each input of a column.

    Of a date, only the first column `indicates` that it is missing. A column of at least `fewest` levels is a code.
    """
    if column.kind == "categorical" and not column.ordered and fewest is not None and len(column.levels) >= fewest:
        yield CODE
    elif column.kind == "categorical" and not column.ordered:
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
    return np.where(np.isnan(level) | (level == CODE), values, switched)
