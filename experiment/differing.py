"""In what several runs were told different things."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiment.run_directory import RunDirectory

NOT_SETTINGS = {"name", "framework", "output"}


def differing_settings(runs: Sequence[Path]) -> dict[str, list[str]]:
    """Keys of the studies that are not the same in all `runs`, with the value of each run. Raises StudyError.

    A key that a study does not have, as an argument of another net, is "-".
    """
    studies = [RunDirectory(run).load_study() for run in runs]
    return dict(_differing([study.model_dump(mode="json", exclude=NOT_SETTINGS) for study in studies]))


def _differing(values: Sequence[Any], key: str = "") -> Iterator[tuple[str, list[str]]]:
    if all(isinstance(value, Mapping) for value in values):
        for name in dict.fromkeys(name for value in values for name in value):
            yield from _differing([value.get(name, "-") for value in values], f"{key}.{name}" if key else name)
    elif any(value != values[0] for value in values):
        yield key, [json.dumps(value).replace('"', "") for value in values]
