"""Folder for `tensorboard --logdir`: links to the parts of chosen runs, or one event file for each fold of one run."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from configs.learners import LEARNERS
from evaluation.folds.names import fold_names
from evaluation.predictions import Predictions, read_predictions
from experiment.record.history import read_history
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.opening import open_run
from reporting.board.single_folds import write_fold

LIMIT = 40
"""TensorBoard selects no directory of event files by default where it finds more."""


def newest_runs(root: Path, number: int) -> list[Path]:
    """The `number` newest runs below `root`, oldest first: names begin with the time. Raises RunError if there is none.

    Unfinished runs count too.
    """
    runs = [path.parent for path in root.glob("*/*/study.yaml")]
    if not runs:
        raise RunError(WRONG_STUDY, f"{root}: has no run; train one: python scripts/train.py")
    return sorted(runs, key=lambda run: (run.name, run.parent.name))[-number:]


def shown_parts(paths: Sequence[Path]) -> list[Path]:
    """The framework directories of `paths`: runs, of which all frameworks count, or single frameworks.

    Raises RunError: one is not a run, or none of its frameworks has started.
    """
    names = list(LEARNERS)
    found: list[Path] = []
    for path in map(Path.absolute, paths):
        one_of_them = path.name in names
        run = open_run(path.parent if one_of_them else path, needed=("study",)).root
        parts = [run / name for name in ([path.name] if one_of_them else names) if (run / name).is_dir()]
        if not parts:
            cause = f"has no {path.name if one_of_them else ' and no '.join(names)}"
            raise RunError(WRONG_STUDY, f"{path}: {cause}; train it first: python scripts/train.py --resume {run}")
        found += [part for part in parts if part not in found]
    return found


def link_runs(root: Path, parts: Sequence[Path]) -> None:
    """Link each of `parts` as `<root>/<study>/<run>/<framework>`; of the same names, the second run is `<run>-2`."""
    runs: dict[Path, Path] = {}
    for part in parts:
        run = part.parent
        if run not in runs:
            wanted = root / run.parent.name / run.name
            places = (wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}") for number in count(1))
            runs[run] = next(place for place in places if place not in runs.values())
            runs[run].mkdir(parents=True)
        (runs[run] / part.name).symlink_to(part, target_is_directory=True)


def write_folds(root: Path, parts: Sequence[Path]) -> None:
    """Write event files to `<root>/<framework>/<fold>`, from the record and the predictions of one run.

    Raises:
        RunError: no part has a record of its epochs.
        StudyError: record or predictions are damaged.
    """
    written = [_write_folds(root / part.name, FrameworkDirectory(part)) for part in parts]
    if not any(written):
        run = parts[0].parent
        cause = "has no record of its epochs yet"
        raise RunError(WRONG_STUDY, f"{run}: {cause}; train it first: python scripts/train.py --resume {run}")


def count_directories(root: Path) -> int:
    """Number of directories of event files that TensorBoard finds below `root`, through its links."""
    links = [path for path in root.glob("*/*/*") if path.is_symlink()]
    folders = {path.parent for place in (root, *links) for path in place.resolve().rglob("events.out.tfevents.*")}
    return len(folders)


def _write_folds(root: Path, directory: FrameworkDirectory) -> bool:
    """Write the event files of one framework; return whether it has a record."""
    lines: dict[tuple[int, ...], list[tuple[dict[str, Any], int]]] = defaultdict(list)
    for line in read_history(directory.history):
        for place, key in enumerate(line["members"]):
            lines[tuple(key)].append((line, place))
    scored = _judged_rows(directory)
    for key, name in fold_names(sorted(lines)).items():
        write_fold(root / name, lines[key], scored and scored.of_member(*key[:3]))
    return bool(lines)


def _judged_rows(directory: FrameworkDirectory) -> Predictions | None:
    """The rows for a fold's metrics, if it has predictions: scored ones, or test rows where there are none."""
    if not directory.predictions.is_file():
        return None
    found = read_predictions(directory.predictions)
    scored = found.of_role("scored")
    return (scored if len(scored.row) else found.of_role("test")).of_finite_members()
