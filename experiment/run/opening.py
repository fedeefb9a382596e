"""Creation of a new run directory, removal of one that nothing could train in, and opening of an earlier one."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path

from configs.files.atomic import write_text
from configs.loading.loading import dump_study
from configs.schema import Study
from experiment.run.exit_codes import CANNOT_CREATE, RunError
from experiment.run.run_directory import RunDirectory

BEFORE_TRAINING = {".lock", "log.txt", "trial.safetensors"}
"""Files of a network that has not begun to train."""
RUN_FILES = ("study", "folds", "environment")
"""Files that every run has from its start."""


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


def remove_refused(run: RunDirectory, networks: Sequence[str]) -> None:
    """Remove a new run if none of its `networks` has begun to train, and the folder of its study if it is empty then.

    Baselines, which do not wait for the check of the networks, go with it. A run of baselines alone is kept.
    """
    folders = [run.framework(name).root for name in networks]
    if not folders or any(path.name not in BEFORE_TRAINING for folder in folders for path in folder.iterdir()):
        return
    shutil.rmtree(run.root, ignore_errors=True)
    with suppress(OSError):  # it has other runs
        run.root.parent.rmdir()


def open_run(path: Path, needed: Sequence[str] = RUN_FILES) -> RunDirectory:
    """The directory of an earlier run. Raises RunError if it lacks one of the `needed` files."""
    run = RunDirectory(path)
    files: list[Path] = [getattr(run, name) for name in needed]
    if missing := [file.name for file in files if not file.is_file()]:
        cause = f"is not a run directory (it has no {', '.join(missing)})"
        raise RunError(CANNOT_CREATE, f"{path}: {cause}; give runs/<study>/<run>")
    return run
