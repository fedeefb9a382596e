"""Fold marks: digest of the fold plan and input statistics in checkpoints and weights, to detect other folds."""

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from datamodules.fold_data import FoldData
from datamodules.inputs.statistics import FoldStatistics

PLAN = "plan"
STATISTICS = tuple(field.name for field in fields(FoldStatistics))


def plan_digest(folds: FoldData) -> NDArray[np.uint8]:
    """SHA-256 of the fold plan: uint8 `(32,)`."""
    return np.frombuffer(bytes.fromhex(folds.plan.digest()), np.uint8)


def fold_marks(folds: FoldData) -> dict[str, NDArray]:
    """The digest of the fold plan as `plan`, and the input statistics by their names, float64 `(members, ...)`."""
    return {PLAN: plan_digest(folds)} | {name: getattr(folds.statistics, name) for name in STATISTICS}


def check_plan(found: Mapping[str, NDArray], folds: FoldData, what: str) -> None:
    """Raises ValueError if `what`, with the arrays `found` by name, does not have the plan of `folds`."""
    cure = "train with these folds, or make the FoldData that it was trained with"
    if PLAN not in found:
        raise ValueError(f"{what}: holds no fold plan, so rows that it was trained on could be scored; {cure}")
    if not np.array_equal(found[PLAN], plan_digest(folds)):
        raise ValueError(f"{what}: is of another fold plan, so rows that it was trained on would be scored; {cure}")


def check_marks(found: Mapping[str, NDArray], folds: FoldData, what: str) -> None:
    """Raises ValueError if `what` does not have the plan and the input statistics of `folds`."""
    check_plan(found, folds, what)
    for name in STATISTICS:
        own = getattr(folds.statistics, name)
        if name not in found or not np.array_equal(found[name], own, equal_nan=True):
            cause = f"was trained with other input statistics ({name})"
            raise ValueError(f"{what}: {cause}; give the study the `inputs` and the data that it was trained with")
