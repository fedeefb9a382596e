"""One framework's part of a run, in a process of its own: read what was asked, fit, write what came out."""

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from configs.errors import StudyError
from configs.schema import Study
from datamodules.fold_data import FoldData, fold_data
from datamodules.folds import Role
from evaluation.predictions import Predictions, write_predictions
from experiment.atomic import write_bytes, write_json
from experiment.exit_codes import CANNOT_WRITE, DONE, NUMERICAL_FAILURE, SOME_FOLDS_FAILED, WRONG_STUDY
from experiment.fitting import FitResult
from experiment.interrupts import Interrupted
from experiment.run_directory import FrameworkDirectory, RunDirectory
from experiment.session import judged_rows

Fit = Callable[[Study, FoldData, FrameworkDirectory], FitResult]
FRAMEWORKS = {"lightning_mods": "lightning", "tf_models": "tensorflow"}


def run_child(fit: Fit) -> int:
    """Train the run that `sys.argv` names, and return the code to exit with.

    Usage: `python -m lightning_mods.fit RUN [--debug]`, and its twin.
    """
    name = FRAMEWORKS[Path(sys.argv[0]).resolve().parent.name]
    run = RunDirectory(Path(sys.argv[1]))
    try:
        return train(fit, run, run.framework(name))
    except Interrupted as stopped:
        print(f"{name}: {stopped}; continue with --resume {run.root}", file=sys.stderr)
        return stopped.code
    except Exception as error:
        if "--debug" in sys.argv:
            traceback.print_exc()
        print(f"{name}: {describe(error, run)}", file=sys.stderr)
        return code_of(error)


def train(fit: Fit, run: RunDirectory, directory: FrameworkDirectory) -> int:
    """Fit, and write weights, predictions and, last, how the fits went."""
    study = run.load_study()
    folds = fold_data(study, run.load_plan())
    result = fit(study, folds, directory)
    write_bytes(directory.weights, save(weights(result, folds), metadata(folds)))
    write_predictions(directory.predictions, predictions(result, folds))
    write_json(directory.fits, fits(result, folds))
    failed = int((result.best_epoch < 0).sum())
    if failed == len(folds.members):
        return NUMERICAL_FAILURE
    return SOME_FOLDS_FAILED if failed else DONE


def weights(result: FitResult, folds: FoldData) -> dict[str, Any]:
    """Weights by portable name and, as `inputs.*`, what the input layer applies: all with a leading axis `members`."""
    statistics = {f"inputs.{name}": array for name, array in vars(folds.statistics).items()}
    return {name: np.ascontiguousarray(array) for name, array in (result.weights | statistics).items()}


def metadata(folds: FoldData) -> dict[str, str]:
    """Who the members are, and what the outputs mean."""
    return {
        "members": ";".join(",".join(map(str, member)) for member in folds.members),
        "member_key": "seed,repeat,fold,trial",
        "task": folds.table.task,
        "classes": ";".join(folds.table.classes),
        "columns": ";".join(folds.table.columns),
    }


def predictions(result: FitResult, folds: FoldData) -> Predictions:
    """One entry for each judged row of each member."""
    rows = judged_rows(folds)
    lengths = [len(member_rows) for member_rows in rows]
    every_row = np.concatenate(rows)
    keys = {
        field: np.repeat([getattr(member, field) for member in folds.members], lengths)
        for field in ("repeat", "fold", "seed")
    }
    roles = [roles[member_rows] for roles, member_rows in zip(folds.plan.roles, rows, strict=True)]
    return Predictions(
        row=every_row.astype(np.int32),
        repeat=keys["repeat"].astype(np.int32),
        fold=keys["fold"].astype(np.int32),
        seed=keys["seed"].astype(np.int64),
        role=np.where(np.concatenate(roles) == Role.test, "test", "scored"),
        target=folds.table.targets[every_row],
        logits=np.concatenate(result.logits),
        classes=folds.table.classes,
        task=folds.table.task,
    )


def fits(result: FitResult, folds: FoldData) -> dict[str, Any]:
    """How the training of each member went."""
    train_rows = [len(rows) for rows in folds.rows(Role.train)]
    members = [
        {**member._asdict(), "best_epoch": int(best), "epochs": int(epochs), "train_rows": rows}
        for member, best, epochs, rows in zip(folds.members, result.best_epoch, result.epochs, train_rows, strict=True)
    ]
    return {"members": members, "timing": result.timing}


def describe(error: Exception, run: RunDirectory) -> str:
    """One line for a person."""
    if isinstance(error, OSError):
        return f"{error.filename or run.root}: {error.strerror}; mend that, then go on with --resume {run.root}"
    if isinstance(error, (StudyError, ValueError)):
        return str(error)
    return f"{type(error).__name__}: {error}; run again with --debug for where it happened"


def code_of(error: Exception) -> int:
    """The code to exit with after `error`."""
    if isinstance(error, OSError):
        return CANNOT_WRITE
    return WRONG_STUDY if isinstance(error, ValueError) else NUMERICAL_FAILURE
