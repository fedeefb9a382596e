"""Run directory: paths of its files, the lock against other processes, creation and opening."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout

from configs.errors import StudyError
from configs.files.atomic import write_text
from configs.files.real_files import make_folder, open_real, real_root
from configs.loading.loading import dump_study, load_study
from configs.loading.settings import Settings
from configs.schema import Study
from datamodules.folds.plan import FoldPlan
from experiment.run.exit_codes import ALREADY_RUNNING, CANNOT_CREATE, RunError
from experiment.run.files.reading import read_bytes, read_json
from experiment.run.marks.search import search_differences
from experiment.run.marks.study import trained_digest

RUN_FILES = ("study", "folds", "environment")
"""Files that every run has from its start."""


@dataclass(frozen=True)
class FrameworkDirectory:
    """Files of one framework."""

    root: Path

    @property
    def name(self) -> str:
        """The name of its learner."""
        return self.root.name

    @property
    def history(self) -> Path:
        """One line per epoch and stack: the record from which event files can be rebuilt."""
        return self.root / "history.jsonl"

    @property
    def log(self) -> Path:
        """Automatic decisions of the run, with their reasons."""
        return self.root / "log.txt"

    @property
    def weights(self) -> Path:
        """The best weights, by portable name, with a leading axis `members`."""
        return self.root / "weights.safetensors"

    @property
    def predictions(self) -> Path:
        """Every prediction for a scored or a test row."""
        return self.root / "predictions.parquet"

    @property
    def validation(self) -> Path:
        """Every prediction for a validation row, for the choice of thresholds and temperatures."""
        return self.root / "validation.parquet"

    @property
    def fits(self) -> Path:
        """Training record of each member; written when the framework's part is done."""
        return self.root / "fits.json"

    @property
    def trial(self) -> Path:
        """The net check: parameters and outputs of the network before training."""
        return self.root / "trial.safetensors"

    @property
    def graph(self) -> Path:
        """Computation graph of one member, for TensorBoard; exists if it could be traced."""
        return self.root / "graph.json"

    @property
    def metrics(self) -> Path:
        """Metrics of the predictions."""
        return self.root / "metrics.json"

    @property
    def training(self) -> Path:
        """Every prediction for a training row; of the sizes of a learning curve alone."""
        return self.root / "training.parquet"

    @property
    def learning_curve(self) -> Path:
        """Picture of the learning curve; of a run that has one."""
        return self.root / "learning_curve.png"

    @property
    def importance(self) -> Path:
        """Permutation importance of the columns; exists if it was measured."""
        return self.root / "importance.json"

    @property
    def checkpoints(self) -> Path:
        """For resuming only."""
        return self.root / "checkpoints"


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


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock `folder` against every other process, released when this one ends.

    Raises:
        RunError: another process holds the lock.
        OSError: the lock is a link, or cannot be made.
    """
    if (lock := acquired(folder / ".lock")) is None:
        raise RunError(ALREADY_RUNNING, f"{folder}: another process runs here; wait for it or start a new run")
    try:
        yield
    finally:
        lock.release()


def acquired(place: Path) -> BaseFileLock | None:
    """The lock of the file `place`, held until it is released or this process ends; None if another one holds it.

    Raises OSError if `place` is a link, or cannot be made.
    """
    if os.path.lexists(place):
        open_real(place, "rb").close()
    lock = FileLock(place)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return lock


def create_run(study: Study) -> RunDirectory:
    """Make a new directory for `study`, named by the time and its label; never an old one. Raises RunError."""
    parent = Path(study.output.root) / study.name
    try:
        parent.mkdir(parents=True, exist_ok=True)
        label = f"_{study.output.run}" if study.output.run else ""
        run = RunDirectory(_new_folder(parent, datetime.now().strftime("%Y-%m-%d_%H-%M-%S") + label))
        write_text(run.study, dump_study(study))
    except OSError as error:
        place, cause = error.filename or parent, error.strerror or error
        message = f"{place}: no run directory can be made ({cause}); set output.root to another folder"
        raise RunError(CANNOT_CREATE, message) from error
    return run


def _new_folder(parent: Path, name: str) -> Path:
    """`name`, or `name-2`, ... if another run was made in the same second. Raises OSError."""
    for number in count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        with suppress(FileExistsError):
            folder.mkdir()
            break
    return folder


def open_run(path: Path, needed: Sequence[str] = RUN_FILES) -> RunDirectory:
    """The directory of an earlier run. Raises RunError if it lacks one of the `needed` files."""
    run = RunDirectory(path)
    files: list[Path] = [getattr(run, name) for name in needed]
    if missing := [file.name for file in files if not file.is_file()]:
        cause = f"is not a run directory (it has no {', '.join(missing)})"
        raise RunError(CANNOT_CREATE, f"{path}: {cause}; give runs/<study>/<run>")
    return run
