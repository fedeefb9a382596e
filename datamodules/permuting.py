"""Permuted rows for permutation importance: a member's scored rows, with the values of one column in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datamodules.fold_data import FoldData
from datamodules.folds.plan import Role
from datamodules.folds.random_streams import PERMUTATION, member_stream
from datamodules.schema import Column
from datamodules.table import Table

Features = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class PermutedRows:
    """Rows of each member, and permutations of them.

    Attributes:
        table: where the rows are.
        rows: of each member, int32 `(own rows,)`, ascending.
        orders: of each member, int32 `(repeats, own rows)`: each line has the same rows in another order.
    """

    table: Table
    rows: Sequence[NDArray[np.int32]]
    orders: Sequence[NDArray[np.int32]]

    @property
    def most(self) -> int:
        """Rows of the member that has the most; those of the others are padded to it with their first row."""
        return max(map(len, self.rows))

    def whole(self) -> Features:
        """The rows as they are, `(members, most, columns)`."""
        return self.table.features[_padded(self.rows, self.most)]

    def permuted(self, columns: Sequence[int]) -> Features:
        """The rows with other rows' values in `columns`, once for each order: `(members, repeats x most, columns)`."""
        others = np.stack([_padded(lines, self.most) for lines in zip(*self.orders, strict=True)], axis=1)
        features = np.repeat(self.whole()[:, None], others.shape[1], axis=1)
        features[..., columns] = self.table.features[others[..., None], columns]
        return features.reshape(len(features), -1, features.shape[-1])


def permuted_rows(folds: FoldData, repeats: int, most: int) -> PermutedRows:
    """Up to `most` scored rows of each member, or test rows where none is scored, in `repeats` random orders.

    They are drawn from the member's own stream at `PERMUTATION`; every column is permuted in the same orders.
    """
    rows = folds.rows(Role.scored)
    rows = rows if any(map(len, rows)) else folds.rows(Role.test)
    chosen, orders = [], []
    for member, own in zip(folds.members, rows, strict=True):
        generator = member_stream(member, PERMUTATION)
        chosen.append(np.sort(generator.permutation(own)[:most]) if len(own) > most else own)
        orders.append(np.stack([generator.permutation(chosen[-1]) for _ in range(repeats)]))
    return PermutedRows(folds.table, chosen, orders)


def sources_of(schema: Sequence[Column]) -> dict[str, list[int]]:
    """Columns of the data by name, and the features that each is made into, such as the parts of a date."""
    found: dict[str, list[int]] = {}
    for place, column in enumerate(schema):
        found.setdefault(column.source, []).append(place)
    return found


def _padded(rows: Sequence[NDArray[np.int32]], length: int) -> NDArray[np.int32]:
    """`(members, length)`, each member's rows followed by its first one; row 0 where a member has none."""
    return np.stack([np.pad(own, (0, length - len(own)), constant_values=own[0] if len(own) else 0) for own in rows])
