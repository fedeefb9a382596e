"""Failed folds, for whoever looks at the terminal or at the exit code alone."""

from collections.abc import Mapping
from typing import Any

from experiment.exit_codes import code_of_failures

SHOWN_REASONS = 3


def failures(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each framework that has failed folds: how many, why, and what to do. `metrics` is by framework."""
    lines = []
    for framework, judged in metrics.items():
        reasons = list(dict.fromkeys(one["reason"] for one in judged["failed"]))
        if reasons:
            more = [f"and {len(reasons) - SHOWN_REASONS} more reasons in metrics.json"] * (len(reasons) > SHOWN_REASONS)
            told = "; ".join([*reasons[:SHOWN_REASONS], *more])
            lines.append(f"{framework}: {len(judged['failed'])} of {len(judged['folds'])} folds failed: {told}")
    return lines


def code_of_failed(judged: Mapping[str, Any]) -> int:
    """The exit code that the `failed` of a `metrics.json` ask for."""
    return code_of_failures(len(judged["failed"]), len(judged["folds"]))
