"""Folder for `tensorboard --logdir`: the trials of searches as rows of the HParams tab."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from configs.search.space import dimensions
from evaluation.search.objectives import fold_objectives, spread_of
from evaluation.search.settings import as_written, setting_of
from evaluation.search.winners import outer_folds
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.opening import open_run
from experiment.search.trials_file import read_trials, trials_file
from reporting.board.trials import write_trial


def write_trials(root: Path, parts: Sequence[Path]) -> int:
    """Write an event file for each finished trial of the searches among `parts`, below `root`; return their number.

    They are `<root>/<study>/<run>/trial_0012`, beside the links of `board_folder.link_runs`. A search that is still
    running has rows, too.

    Raises:
        StudyError: the study of a search or the record of its trials is damaged.
        RunError: a part is of no run.
    """
    return sum(
        _write(root, FrameworkDirectory(part)) for part in parts if trials_file(FrameworkDirectory(part)).is_file()
    )


def _write(root: Path, directory: FrameworkDirectory) -> int:
    """Write the trials of one search."""
    run = open_run(directory.root.parent)
    study, trials = run.load_study(), read_trials(trials_file(directory))
    if study.search is None:
        return 0
    space, folds = dimensions(study), outer_folds(run.load_plan().members)
    time = datetime.fromisoformat(run.load_environment()["time"]).timestamp()
    written = as_written(study, space, trials)
    for trial, values in zip(trials, fold_objectives(trials, folds), strict=True):
        place = root / run.root.parent.name / run.root.name / f"trial_{trial.number:04d}"
        write_trial(
            place, trial, setting_of(trial, written, space), study.search.objective.key, spread_of(values), time
        )
        time += trial.seconds
    return len(trials)
