"""One metric of every member of a stack by its NumPy function, for metrics without a file for the device."""

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.catalogue import metric_of
from evaluation.judging.judged_rows import JudgedRows


def member_values(
    name: str, logits: NDArray[np.floating], targets: NDArray, weights: NDArray[np.floating], task: str
) -> NDArray[np.float64]:
    """The metric of each member, `(members,)`, over its rows of weight above 0; binary ones are decided at one half.

    Logits are `(members, rows, outputs)`, targets and weights `(members, rows)`. nan for a member that gives something
    that is not finite, and where the formula is undefined.
    """
    values = np.full(len(logits), np.nan)
    for member, valid in enumerate(weights > 0):
        own = logits[member, valid]
        if np.isfinite(own).all():
            values[member] = _value(name, JudgedRows(own, targets[member, valid], task))
    return values


def _value(name: str, rows: JudgedRows) -> float:
    """The metric; of one that each class has, the mean over the classes with a value: a gap would stop no training."""
    if not metric_of(name).per_class:
        return rows.value(name)
    of_classes = [rows.class_value(name, index) for index in rows.classes]
    known = [value for value in of_classes if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
