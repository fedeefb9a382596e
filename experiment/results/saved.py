"""Saved results of the learners of a run, as one process uses them: each file is read once, each figure drawn once."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from configs.learners import is_network
from configs.schema import Study
from evaluation.predictions import Predictions, read_predictions
from experiment.record.history import read_history
from experiment.results.importance import read_importance
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.run_directory import RunDirectory
from reporting.page.part import Part


class SavedResults:
    """Files of one learner that has finished; each is read when it is first asked for, and raises StudyError then."""

    def __init__(self, directory: FrameworkDirectory) -> None:
        """Those of `directory`."""
        self.directory = directory
        self._part: Part | None = None

    @cached_property
    def predictions(self) -> Predictions:
        """Of the scored and the test rows."""
        return read_predictions(self.directory.predictions)

    @cached_property
    def validation(self) -> Predictions:
        """Of the validation rows."""
        return read_predictions(self.directory.validation)

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        """Lines of the epochs, which only networks have."""
        return read_history(self.directory.history) if is_network(self.directory.name) else []

    def part(self, metrics: Mapping[str, Any], study: Study) -> Part:
        """All that is shown of a learner with these `metrics`: the same part, with its figures, for the same ones."""
        if self._part is None or self._part.metrics is not metrics:
            importance = read_importance(self.directory) if is_network(self.directory.name) else {}
            self._part = Part(metrics, self.predictions, self.history, importance, study.model.drops_units)
        return self._part


class RunResults(dict[str, SavedResults]):
    """The results of each learner of a run by its name, from when they are first asked for."""

    def __init__(self, run: RunDirectory) -> None:
        """Nothing is read yet."""
        super().__init__()
        self.run = run

    def __missing__(self, name: str) -> SavedResults:
        self[name] = SavedResults(self.run.framework(name))
        return self[name]
