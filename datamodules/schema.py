"""Types of a table's feature columns: numeric, boolean, categorical with levels, and the parts of dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["numeric", "boolean", "categorical", "date"]
SourceKind = Kind | Literal["identifier", "text", "constant", "other"]


@dataclass(frozen=True)
class Column:
    """Type of one column of `Table.features`.

    A categorical value is its code as a float: code i stands for `levels[i]`, `len(levels)` for a level that is not
    among them (in new rows alone), NaN for a missing value. A boolean is 0 or 1. A date is several columns of one
    source: year, month, day of week, sine and cosine of the day of the year, days since 1970-01-01 (which a member
    counts from the first day of its training rows).

    Attributes:
        name: of the feature column, e.g. `age`, or `seen.year`.
        source: column of the file that it is made of.
        kind: what the source holds; all but `categorical` are used as numbers.
        levels: of a categorical column; `()` of any other.
        ordered: whether the levels have an order, lowest first.
    """

    name: str
    source: str
    kind: Kind = "numeric"
    levels: tuple[str, ...] = ()
    ordered: bool = False

    def __post_init__(self) -> None:
        assert self.kind == "categorical" or (not self.levels and not self.ordered)

    @property
    def counts_days(self) -> bool:
        """Whether it is the part of a date that counts days."""
        return self.kind == "date" and self.name.endswith(".days")


@dataclass(frozen=True)
class Source:
    """Detected type of a column of the file.

    Attributes:
        name: in the file.
        kind: a type that is used, or why the column is left out: identifier, text, constant, other.
        remark: for a person: how numbers are written, levels, range of dates, reason.
        missing: number of missing values.
        format: of dates that are written as text, like %d.%m.%Y; of numbers, a decimal mark that had to be found out
            and their percent or currency sign, like `,%`; "" of anything else.
        distinct: number of different values of an identifier that repeats; 0 of anything else.
    """

    name: str
    kind: SourceKind
    remark: str = ""
    missing: int = 0
    format: str = ""
    distinct: int = 0

    @property
    def is_used(self) -> bool:
        """Whether it becomes a feature."""
        return self.kind in get_args(Kind)


def all_numeric(names: Sequence[str]) -> tuple[Column, ...]:
    """The schema of columns that are all numbers."""
    return tuple(Column(name, name) for name in names)
