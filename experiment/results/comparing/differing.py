"""Settings that differ between the studies of several runs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiment.run.run_directory import RunDirectory

NOT_SETTINGS: dict[str, Any] = {"name": True, "framework": True, "output": True, "data": {"source", "root"}}
"""Ignored keys: locations, and values shown beside the settings; compared runs have the same data."""


def differing_settings(runs: Sequence[Path], thresholds: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Keys of the studies that differ between `runs`, with the value of each run. Raises StudyError.

    A key that a study does not have, as an argument of another net, is "-". `thresholds` of each `metrics.json` have
    the rule by which a run was last evaluated.
    """
    studies = [RunDirectory(run).load_study().model_dump(mode="json", exclude=NOT_SETTINGS) for run in runs]
    for study, judged in zip(studies, thresholds, strict=True):
        if judged:
            study["evaluation"] |= {"threshold": judged["rule"], "cost_ratio": judged["cost_ratio"]}
    return dict(_differing(studies))


def _differing(values: Sequence[Any], key: str = "") -> Iterator[tuple[str, list[str]]]:
    if all(isinstance(value, Mapping) for value in values):
        for name in dict.fromkeys(name for value in values for name in value):
            yield from _differing([value.get(name, "-") for value in values], f"{key}.{name}" if key else name)
    elif any(value != values[0] for value in values):
        yield key, [json.dumps(value).replace('"', "") for value in values]
