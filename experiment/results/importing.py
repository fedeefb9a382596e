"""Predictions of a model that was trained elsewhere, imported into a run as one more learner."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from configs.errors import StudyError
from configs.files.atomic import write_json
from configs.files.real_files import make_folder
from configs.learners import BASELINES as TRAINING_BASELINES
from configs.learners import LEARNERS
from configs.seats.baselines import BASELINES
from configs.sections.data import Data
from configs.shown import shown
from datamodules.reading.files.formats import read_file
from evaluation.importing.matching import matched, member_keys
from evaluation.importing.values import OTHERS, logits_of_columns, value_columns
from evaluation.keys import key_of
from evaluation.predictions import Predictions, joined, read_predictions, write_predictions
from experiment.results.judging import read_fits
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.run.files.digests import digests, verify
from experiment.run.files.reading import sealed
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.run_directory import RunDirectory
from experiment.run.run_learners import MARK, NAME, learners_of

RESERVED = {*LEARNERS, TRAINING_BASELINES.name, "trials", "search"}


def import_predictions(run: RunDirectory, name: str, file: Path, folds_sha256: str = "") -> list[str]:
    """Make `name` a learner of the run, with the predictions of `file`; return the columns that are not used.

    All or nothing: a folder is made beside its place, and renamed. The rows that are predicted, their targets and the
    numbers of training rows are those of a learner that the run has. `folds_sha256` is the digest of the fold plan that
    the predictions are for, if it is known.

    Raises:
        RunError: the name cannot be used, or the run has no learner with results.
        StudyError: the file is no table of predictions for the run's folds, or a file of the run is damaged.
        OSError: a file cannot be written.
    """
    check_name(run, name)
    known, fits = _reference(run)
    frame = read_file(file, Data(), {"row", "fold"}).frame
    try:
        named = value_columns(frame.columns, known.task, known.classes)
        _check_plan(run, frame, folds_sha256)
        keys = member_keys(frame, known)
        found = matched(keys, logits_of_columns(frame, named, known.task), known, run.load_plan().roles.shape[1])
    except ValueError as error:
        raise StudyError([f"{file}: {error}"]) from error
    members = {key_of(one): one for one in fits["members"]}
    told = {
        "members": [members[key] | {"best_epoch": 0, "epochs": 0} for key in members if key in set(found.members())],
        "timing": {"fit_seconds": 0.0, "optimizer_steps": 0, "members": len(found.members()), "device": ""},
        MARK: {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()},
    }
    _write(run, name, found, told)
    return [column for column in frame.columns if column not in (*OTHERS, *named.columns)]


def check_name(run: RunDirectory, name: str) -> None:
    """Refuse a name that is no legal name of a learner, or is taken. Raises RunError, StudyError."""
    if not NAME.fullmatch(name):
        cause = "must be letters, digits, - and _, 40 at most, a letter or digit first"
        raise RunError(WRONG_STUDY, f"NAME: {cause}, received '{shown(name)}'")
    if name.lower() in RESERVED | set(BASELINES.known()):
        raise RunError(WRONG_STUDY, f"NAME: '{name}' is the name of a learner of twinfold; choose another one")
    if name in learners_of(run, run.load_study()).every:
        cure = f"choose another name, or remove {run.root / name} first"
        raise RunError(WRONG_STUDY, f"NAME: the run has a learner '{name}' already; {cure}")
    if os.path.lexists(run.root / name):
        raise RunError(WRONG_STUDY, f"NAME: {run.root / name} is there already; choose another name")


def _reference(run: RunDirectory) -> tuple[Predictions, dict[str, Any]]:
    """All predictions of the first learner that has results, and its `fits.json`. Raises RunError, StudyError."""
    for name in learners_of(run, run.load_study()).every:
        if (directory := FrameworkDirectory(run.root / name)).fits.is_file():
            verify(directory, directory.predictions, directory.validation)
            every = [read_predictions(path) for path in (directory.predictions, directory.validation)]
            return joined(every), read_fits(directory)
    cure = f"let it train first, if only a baseline: python scripts/train.py --resume {run.root}"
    raise RunError(WRONG_STUDY, f"{run.root}: has no learner with results yet; {cure}")


def _check_plan(run: RunDirectory, frame: pl.DataFrame, given: str) -> None:
    """Refuse predictions for other folds than the run's. Raises ValueError, StudyError."""
    own = run.load_plan().digest()
    if own != run.load_environment()["folds_sha256"]:
        raise StudyError([f"{run.folds}: is not the plan that the run started with; start a new run"])
    column = frame["folds_sha256"].cast(pl.String).unique().to_list() if "folds_sha256" in frame.columns else []
    told = {"--folds-sha256": [given] if given else [], "column 'folds_sha256'": column}
    for place, values in told.items():
        for value in values:
            if value != own:
                received = shown(str(value))[:64]
                raise ValueError(f"{place} is {received}, but the run's fold plan has the digest {own}")


def _write(run: RunDirectory, name: str, found: Predictions, told: dict[str, Any]) -> None:
    making = FrameworkDirectory(run.root / f".{name}.partial")
    if os.path.lexists(making.root) and not making.root.is_symlink():
        shutil.rmtree(making.root)  # of an import that was killed
    make_folder(making.root)
    try:
        write_predictions(making.validation, found.of_role("validation"))
        write_predictions(making.predictions, found.select(np.asarray(found.role != "validation")))
        write_json(making.fits, sealed(told | {"files": digests(making)}))
        making.root.rename(run.root / name)
    except BaseException:
        shutil.rmtree(making.root, ignore_errors=True)
        raise
