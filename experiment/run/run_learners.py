"""Learners of a run: those that its study names, and the models whose predictions were imported into it."""

import re
from typing import NamedTuple

from configs.learners import LEARNERS
from configs.schema import Study
from experiment.run.files.reading import read_json
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.run_directory import RunDirectory

MARK = "imported"
"""Key of a `fits.json` of imported predictions; its value says from which file they are."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
"""Names of imported models."""


class RunLearners(NamedTuple):
    """Names of a run's learners, each of which has a folder there; `every` is all of them."""

    networks: tuple[str, ...]
    baselines: tuple[str, ...]
    imported: tuple[str, ...]

    @property
    def every(self) -> tuple[str, ...]:
        """The names in the order in which they are shown: networks, baselines, imported models."""
        return (*self.networks, *self.baselines, *self.imported)


def learners_of(run: RunDirectory, study: Study) -> RunLearners:
    """The learners of a run. Raises StudyError if a `fits.json` in it is damaged."""
    known = (*LEARNERS, *study.baselines)
    others = sorted(path.name for path in run.root.iterdir() if path.name not in known and NAME.fullmatch(path.name))
    imported = [name for name in others if _is_imported(FrameworkDirectory(run.root / name))]
    return RunLearners(study.frameworks, study.baselines, tuple(imported))


def _is_imported(directory: FrameworkDirectory) -> bool:
    if directory.root.is_symlink() or not directory.fits.is_file():
        return False
    fits = read_json(directory.fits, f"remove {directory.root}, and import the predictions again")
    return isinstance(fits, dict) and MARK in fits
