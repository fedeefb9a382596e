"""Why folds failed, for whoever looks at the terminal alone."""

from collections.abc import Mapping
from typing import Any


def failures(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each framework that has failed folds: how many, why, and what to do. `metrics` is by framework."""
    lines = []
    for framework, judged in metrics.items():
        pairs = zip(judged["folds"], judged["diagnosis"]["folds"], strict=True)
        reasons = [diagnosis["reason"] for fold, diagnosis in pairs if fold["best_epoch"] < 0]
        if reasons:
            told = "; ".join(dict.fromkeys(reasons))
            lines.append(f"{framework}: {len(reasons)} of {len(judged['folds'])} folds failed: {told}")
    return lines
