"""Rows that are not independent: what an interval over rows has to know of them."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FEWEST_GROUPS = 20


class Dependence(NamedTuple):
    """How the rows of a table hang together.

    `groups` `(table rows,)` are the groups whose rows are alike, None where there are none or they are not known;
    `caution` says of what kind of dependence the intervals know nothing.
    """

    groups: NDArray[np.int32] | None = None
    caution: str = ""

    @property
    def independent(self) -> bool:
        """Whether rows are taken to be, and may be."""
        return self.groups is None and not self.caution

    def of(self, rows: NDArray[Any]) -> "Dependence":
        """The same of these table rows, `(n,)`."""
        if self.groups is None:
            return self
        groups = np.unique(self.groups[rows], return_inverse=True)[1].astype(np.int32)
        few = int(groups.max(initial=-1)) + 1
        caution = f"{few} groups are few to resample: the truth is likely wider" if few < FEWEST_GROUPS else ""
        return Dependence(groups, caution)


INDEPENDENT = Dependence()


def cautions(*places: Mapping[str, Any]) -> list[str]:
    """What to keep in mind of the `intervals` of `out_of_fold` or `test`, each once, as sentences."""
    intervals: Iterable[Mapping[str, Any]] = (one for place in places for one in place.get("intervals", {}).values())
    said = dict.fromkeys(one["caution"] for one in intervals if "caution" in one)
    return [f"{caution[0].upper()}{caution[1:]}." for caution in said]
