"""`trials.jsonl` of a search: one line a trial, from which the state of the search is rebuilt."""

import json
from collections.abc import Iterable
from pathlib import Path

from configs.errors import StudyError
from configs.files.atomic import write_text
from evaluation.search.trial import Trial
from experiment.run.files.reading import read_json_lines
from experiment.run.framework_directory import FrameworkDirectory

CURE = "remove its last lines, those trials are trained again, or start a new search"


def trials_file(directory: FrameworkDirectory) -> Path:
    """The record of the trials of a learner."""
    return directory.root / "trials.jsonl"


def trial_directory(directory: FrameworkDirectory, number: int) -> FrameworkDirectory:
    """Where predictions and weights of a winning trial are."""
    return FrameworkDirectory(directory.root / "trials" / f"{number:04d}")


def read_trials(path: Path) -> list[Trial]:
    """The finished trials, by their numbers; none if there is no file. A truncated last line is left out.

    Raises StudyError: the file is damaged otherwise.
    """
    lines = read_json_lines(path, CURE) if path.is_file() else []
    try:
        return sorted((Trial.of_line(line) for line in lines), key=lambda trial: trial.number)
    except (KeyError, TypeError) as error:
        raise StudyError([f"{path}: is damaged ({type(error).__name__}: {error}); {CURE}"]) from error


class TrialsFile:
    """The finished trials by number; those of one stack are added at once, or not at all."""

    def __init__(self, path: Path) -> None:
        """Read what is there."""
        self.path = path
        self.trials = {trial.number: trial for trial in read_trials(path)}

    def add(self, trials: Iterable[Trial]) -> None:
        """Write the file anew with more `trials`, in the order of their numbers, and fsync it. Raises OSError."""
        self.trials |= {trial.number: trial for trial in trials}
        ordered = sorted(self.trials.values(), key=lambda trial: trial.number)
        lines = [json.dumps(trial.line(), allow_nan=False) + "\n" for trial in ordered]
        write_text(self.path, "".join(lines))
