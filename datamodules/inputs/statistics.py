"""Input statistics of each member, fitted on its own training rows, stacked along `members`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.sections.inputs import Inputs
from datamodules.folds.plan import FoldPlan, Role
from datamodules.inputs.encoding import Encoding, encode, identity, slots_of
from datamodules.inputs.net_inputs import NetInputs
from datamodules.table import Table

Floats = NDArray[np.float64]
UNSET: Floats = np.empty(0)
MOST_QUANTILES = 1000
"""Quantiles of a column, as in scikit-learn; all members have as many as the smallest has training rows."""


@dataclass(frozen=True, eq=False)
class FoldStatistics:
    """Statistics that the model applies: `where(keep, bounded((where(isnan(x), fill, x) - center) / scale), 0)`.

    There x are the columns as their `encoding` makes inputs of them, less `offset`, and `bounded(x)` is
    x / sqrt(1 + (x / bound)^2). With quantiles, numbers become normal scores before. All arrays are float64, members
    first, so that they are saved and divided like weights; those that describe the encoding are equal for all members.

    Attributes:
        fill: `(members, inputs)`, replaces a missing value; NaN if `inputs.impute` is refuse, because then a missing
            value has no meaning and must not become a number.
        center: `(members, inputs)`.
        scale: `(members, inputs)`, never 0; 1 for an input that does not vary.
        keep: `(members, inputs)`, 1 for an input that is used. 0 for one that is not selected, and for one that does
            not vary in the member's training rows: nothing was learned of it.
        target_center: `(members,)`, mean of the training targets of a regression, else 0.
        target_scale: `(members,)`, their standard deviation, else 1.
        target_log: `(members,)`, 1 where log(1 + target) is learned, else 0.
        target_quantiles: `(members, count)`, between which a target becomes a normal score; `(members, 0)` without.
        source, level: `(members, inputs)`, and slots: `(members, columns)`: see `Encoding`. Runs of version 0.1 have
            none of them: their inputs are their columns.
        recode: `(members, all slots)`, what stands for each slot of the coded columns; see `recoded`.
        bound: `(members, inputs)`, infinite for an input that is not bounded.
        quantiles: `(members, numbers x count)`, those of each input that is a number; see `normal_scores`.
        offset: `(members, inputs)`, where an input counts from: of the days of a date the first one among the member's
            training rows, else 0. Older runs have none.
    """

    fill: Floats
    center: Floats
    scale: Floats
    keep: Floats
    target_center: Floats
    target_scale: Floats
    source: Floats = field(default_factory=lambda: UNSET)
    level: Floats = field(default_factory=lambda: UNSET)
    slots: Floats = field(default_factory=lambda: UNSET)
    recode: Floats = field(default_factory=lambda: UNSET)
    bound: Floats = field(default_factory=lambda: UNSET)
    quantiles: Floats = field(default_factory=lambda: UNSET)
    target_log: Floats = field(default_factory=lambda: UNSET)
    target_quantiles: Floats = field(default_factory=lambda: UNSET)
    offset: Floats = field(default_factory=lambda: UNSET)

    def __post_init__(self) -> None:
        members, width = self.fill.shape
        usual = _stacked(identity(width), members) | dict.fromkeys(
            ("recode", "quantiles", "target_quantiles"), np.zeros((members, 0))
        )
        usual |= {"bound": np.full((members, width), np.inf), "target_log": np.zeros(members)}
        usual["offset"] = np.zeros((members, width))
        for name, array in usual.items():
            if getattr(self, name) is UNSET:
                object.__setattr__(self, name, array)

    @property
    def encoding(self) -> Encoding:
        """How columns become inputs, the same for all members."""
        return Encoding(self.source[0].astype(np.int64), self.level[0], self.slots[0].astype(np.int64))

    @property
    def width(self) -> NetInputs:
        """Number of inputs of a network, and what they are."""
        return self.encoding.width

    def subset(self, indices: Sequence[int]) -> FoldStatistics:
        """Those of the members at `indices`, in that order."""
        return FoldStatistics(**{field.name: getattr(self, field.name)[list(indices)] for field in fields(self)})


def check_selection(table: Table, inputs: Inputs) -> None:
    """Refuse to select more columns than the table has. Raises StudyError."""
    sources = len({column.source for column in table.schema})
    if inputs.select != "none" and inputs.select > sources:
        cure = f"set it to at most that or to none, received {inputs.select}"
        raise StudyError([f"inputs.select: {table.name} has {sources} columns; {cure}"])


def fit_statistics(table: Table, plan: FoldPlan, inputs: Inputs, embeds: bool = False) -> FoldStatistics:
    """Fit scikit-learn's estimators on the training rows of each member, and on no other row.

    `embeds` says that the net takes codes of categories.

    Raises:
        StudyError: `inputs.select` is larger than the number of columns.
    """
    from datamodules.inputs.fitting import fit_member  # scikit-learn: who is handed statistics does not wait for it

    check_selection(table, inputs)
    encoding = encode(table, inputs, embeds)
    slots = slots_of(table.features, encoding)
    trained = [plan.rows_of(member, Role.train) for member in range(len(plan.members))]
    count = max(2, min(MOST_QUANTILES, *map(len, trained)))
    fitted = [fit_member(table, encoding, slots, rows, inputs, count) for rows in trained]
    arrays = {name: np.stack([one[name] for one in fitted]) for name in fitted[0]}
    return FoldStatistics(**arrays, **_stacked(encoding, len(trained)))


def _stacked(encoding: Encoding, members: int) -> dict[str, Floats]:
    """The arrays of an encoding by name, float64, repeated for each of `members`."""
    return {
        name: np.tile(np.asarray(getattr(encoding, name), np.float64), (members, 1))
        for name in ("source", "level", "slots")
    }
