"""Dependence between rows: groups, and cautions for intervals that assume independence."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FEWEST_GROUPS = 20


class Dependence(NamedTuple):
    """Dependence between the rows of a table.

    `groups` `(table rows,)` are the groups of correlated rows, None where there are none or they are unavailable;
    `caution` names a dependence that the intervals do not account for.
    """

    groups: NDArray[np.int32] | None = None
    caution: str = ""

    @property
    def independent(self) -> bool:
        """Whether rows are treated as independent without a caution."""
        return self.groups is None and not self.caution

    def of(self, rows: NDArray[Any]) -> "Dependence":
        """The dependence of these table rows, `(n,)`."""
        if self.groups is None:
            return self
        groups = np.unique(self.groups[rows], return_inverse=True)[1].astype(np.int32)
        few = int(groups.max(initial=-1)) + 1
        caution = f"{few} groups are few to resample: the truth is likely wider" if few < FEWEST_GROUPS else ""
        return Dependence(groups, caution)


INDEPENDENT = Dependence()


def cautions(*places: Mapping[str, Any]) -> list[str]:
    """The cautions of the `intervals` of `out_of_fold` or `test`, each once, as sentences."""
    intervals: Iterable[Mapping[str, Any]] = (one for place in places for one in place.get("intervals", {}).values())
    said = dict.fromkeys(one["caution"] for one in intervals if "caution" in one)
    return [f"{caution[0].upper()}{caution[1:]}." for caution in said]
