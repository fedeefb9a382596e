"""Reasons why a metric is undefined."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from evaluation.judging.catalogue import metric_of


def why_undefined(names: Iterable[str]) -> dict[str, str]:
    """The reason of each of these metrics, which are nan."""
    return {name: metric_of(name).undefined for name in names}


def why_undefined_of_class(values: Mapping[str, float], label: str, positive: NDArray[np.bool_]) -> dict[str, str]:
    """The reason of each metric of the class `label` that is nan; `positive` `(rows,)` are its rows."""
    none, every = f"no row is of class {label!r}", f"every row is of class {label!r}"
    causes = {
        "auroc": every if positive.any() else none,
        "average_precision": none,
        "f1": f"{none}, and none is predicted to be",
        "precision": f"no row is predicted to be of class {label!r}",
        "recall": none,
        "specificity": every,
    }
    return {name: causes.get(name, metric_of(name).undefined) for name, value in values.items() if math.isnan(value)}
