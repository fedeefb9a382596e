"""Data set in memory: features, target, classes, groups, weights and their names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datamodules.schema import Column, Source, all_numeric

Task = Literal["binary", "multiclass", "regression"]
MANY_NUMBERS = 5
"""Classes that are whole numbers from which they may well be amounts."""
Rows = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Table:
    """A data set in memory, held once; a fold is indices into it.

    Attributes:
        name: its name in messages, e.g. `iris` or `patients.csv`.
        features: float32 `(rows, columns)`; NaN is a missing value, and a categorical column holds codes.
        targets: `(rows,)`, int32 class indices, or float32 numbers for a regression.
        columns: a name for each column of `features`.
        target: name of the target column.
        task: `binary`, `multiclass` or `regression`.
        classes: class names by index; of two, the second is the positive one. `()` for a regression.
        groups: int32 `(rows,)`; a group is never split, so `folds.method` must be group. `None` without groups.
        weights: float64 `(rows,)`, at least 0: what a row weighs in the training loss; `None` without weights.
        test_rows: int64, the test set that the data set's authors published, or `None`.
        dropped: names of the columns that the study drops; they are in none of the arrays.
        note: remark on this table for `--dry-run`.
        schema: type of each column of `features`; if none are given, all are numbers.
        sources: columns of the file that it was read from, those that are left out, too; `()` for a bundled table.
    """

    name: str
    features: NDArray[np.float32]
    targets: NDArray[np.int32] | NDArray[np.float32]
    columns: tuple[str, ...]
    target: str
    task: Task
    classes: tuple[str, ...] = ()
    groups: NDArray[np.int32] | None = None
    test_rows: NDArray[np.int64] | None = None
    dropped: tuple[str, ...] = ()
    note: str = ""
    schema: tuple[Column, ...] = ()
    weights: NDArray[np.float64] | None = None
    sources: tuple[Source, ...] = ()

    def __post_init__(self) -> None:
        if not self.schema:
            object.__setattr__(self, "schema", all_numeric(self.columns))
        assert tuple(column.name for column in self.schema) == self.columns
        assert self.features.dtype == np.float32
        assert self.features.shape == (len(self.targets), len(self.columns))
        assert self.targets.dtype == (np.float32 if self.task == "regression" else np.int32)
        assert (len(self.classes) >= 2) == (self.task != "regression")
        assert self.groups is None or self.groups.shape == self.targets.shape
        assert self.weights is None or self.weights.shape == self.targets.shape
        assert self.rows < 2**31, "row indices are int32"

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.targets)

    @property
    def num_columns(self) -> int:
        """Number of feature columns."""
        return len(self.columns)

    @property
    def outputs(self) -> int:
        """Outputs of a network for this task: 1, or one per class if there are more than two."""
        return len(self.classes) if self.task == "multiclass" else 1

    def digest(self) -> str:
        """Hexadecimal SHA-256 of values, column and class names, types, task. Not of `name`, `dropped` and `note`."""
        schema: list[object] = [self.columns, self.target, self.task, self.classes]
        if self.schema != all_numeric(self.columns):
            schema.append([asdict(column) for column in self.schema])
        digest = hashlib.sha256(json.dumps(schema).encode())
        weights = [] if self.weights is None else [self.weights]
        for array in (self.features, self.targets, self.groups, self.test_rows, *weights):
            digest.update(b"none" if array is None else f"{array.dtype.str}{array.shape}".encode())
            if array is not None:
                digest.update(array.tobytes())
        return digest.hexdigest()


def has_numbered_classes(classes: Sequence[str]) -> bool:
    """Whether the class names are so many whole numbers that they may be amounts, such as 3 to 9 points."""
    return len(classes) >= MANY_NUMBERS and all(name.lstrip("-").isdecimal() for name in classes)


def spread(rows: Rows, count: int) -> Rows:
    """At most `count` of `rows`, evenly spaced."""
    return rows if len(rows) <= count else rows[np.linspace(0, len(rows) - 1, count).astype(np.int64)]
