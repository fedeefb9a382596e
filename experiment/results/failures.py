"""Failed folds, for whoever looks at the terminal or at the exit code alone."""

from collections.abc import Mapping
from typing import Any

from configs.shown import shown
from evaluation.verdicts.status import failed_items
from experiment.run.exit_codes import code_of_failures


def failures(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each framework that has failed folds: which, why, and what to do. `metrics` is by framework."""
    lines = {name: "; ".join(item.line for item in failed_items(judged)) for name, judged in metrics.items()}
    return [f"{framework}: {shown(line)}" for framework, line in lines.items() if line]


def code_of_failed(judged: Mapping[str, Any]) -> int:
    """The exit code that the `failed` of a `metrics.json` ask for."""
    return code_of_failures(len(judged["failed"]), len(judged["folds"]))
