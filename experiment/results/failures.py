"""Failed folds on the terminal and in the exit code."""

from collections.abc import Mapping
from typing import Any

from configs.shown import shown
from evaluation.verdicts.status import failed_items
from experiment.run.exit_codes import code_of_failures


def failures(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each framework with failed folds: names, cause and cure. `metrics` is by framework."""
    lines = {name: "; ".join(item.line for item in failed_items(judged)) for name, judged in metrics.items()}
    return [f"{framework}: {shown(line)}" for framework, line in lines.items() if line]


def code_of_failed(judged: Mapping[str, Any]) -> int:
    """The exit code by the `failed` of a `metrics.json`."""
    return code_of_failures(len(judged["failed"]), len(judged["folds"]))
