"""Run directory: paths of its files, its study, and its fold plan."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from configs.errors import StudyError
from configs.files.real_files import make_folder, real_root
from configs.loading.loading import load_study
from configs.loading.settings import Settings
from configs.schema import Study
from datamodules.folds.plan import FoldPlan
from experiment.run.files.reading import read_bytes, read_json
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.marks.search import search_differences
from experiment.run.marks.study import trained_digest


@dataclass(frozen=True)
class RunDirectory:
    """`<root>/<study>/<run>/`; a link to it is resolved to `root`, links inside are not followed."""

    root: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", real_root(Path(self.root)))

    @property
    def study(self) -> Path:
        """The resolved study."""
        return self.root / "study.yaml"

    @property
    def environment(self) -> Path:
        """Versions, machine, digests of the data, command."""
        return self.root / "environment.json"

    @property
    def schema(self) -> Path:
        """Columns that the run was trained on, their types and levels; runs of version 0.1 have none."""
        return self.root / "schema.json"

    @property
    def columns(self) -> Path:
        """What its columns hold, for the report; runs of version 0.1 have none."""
        return self.root / "columns.json"

    @property
    def source(self) -> Path:
        """Diff of the code to its commit; exists if there are changes."""
        return self.root / "source.diff"

    @property
    def folds(self) -> Path:
        """The fold plan."""
        return self.root / "folds.npz"

    @property
    def sizes(self) -> Path:
        """Sizes of the learning curve; exists if the run has one."""
        return self.root / "sizes.json"

    @property
    def learning_curve(self) -> Path:
        """The learning curve of all learners."""
        return self.root / "learning_curve.json"

    @property
    def hints(self) -> Path:
        """Hints about the data: a line each."""
        return self.root / "hints.txt"

    @property
    def answer(self) -> Path:
        """What a search has found: all that is reported of it."""
        return self.root / "search.json"

    @property
    def best(self) -> Path:
        """The study of a search's best setting."""
        return self.root / "best.yaml"

    @property
    def top(self) -> Path:
        """The best settings of a search, with their scores."""
        return self.root / "top5.yaml"

    @property
    def done(self) -> Path:
        """Written last: all other files are complete."""
        return self.root / "DONE"

    def framework(self, name: str) -> FrameworkDirectory:
        """Directory of `lightning` or `tensorflow`, made if missing. Raises OSError if it cannot be, or is a link."""
        directory = FrameworkDirectory(self.root / name)
        make_folder(directory.root)
        return directory

    def load_study(self, overrides: Sequence[str] = ()) -> Study:
        """The study of the run, with `overrides`. Raises StudyError, also if it has changed since the start."""
        read_bytes(self.study, "start a new run")
        said = Settings.read(self.study).data
        if not said:
            raise StudyError([f"{self.study}: is empty, so what was trained is not known; start a new run"])
        environment = self.load_environment() if os.path.lexists(self.environment) else {}
        begun = environment.get("study_sha256")
        if begun is not None and begun != trained_digest(said):
            cause = "is not the study that this run was begun with: what its weights depend on is another"
            cure = f"put it back, or start a new run: python scripts/train.py {self.study}"
            raise StudyError([f"{self.study}: {cause}; {cure}"])
        study = load_study(self.study, overrides, of_a_run=True)
        if environment and (other := search_differences(environment.get("search"), study)):
            cause = f"is not the search that was begun here: {'; '.join(other)}"
            raise StudyError([f"{self.study}: {cause}; put it back, or start a new one: python scripts/tune.py"])
        return study

    def load_environment(self) -> dict[str, Any]:
        """Read `environment.json`. Raises StudyError."""
        keys = ("command", "data_sha256", "folds_sha256")
        values: dict[str, Any] = read_json(self.environment, "start a new run", *keys)
        return values

    def load_plan(self) -> FoldPlan:
        """Read the fold plan. Raises StudyError."""
        return FoldPlan.load(self.folds)
