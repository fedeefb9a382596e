"""One framework's part of a run, in a process of its own: read what was asked, fit, write what came out."""

import gc
import json
import shutil
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from configs.atomic import write_bytes, write_json
from configs.errors import show_notices
from configs.learners import in_room
from configs.schema import Study
from datamodules.fold_data import FoldData, fold_data
from datamodules.folds.plan import Role
from evaluation.fits import count_targets, fold_fits
from evaluation.folds.failed import failed_folds
from evaluation.predictions import Predictions, write_predictions
from experiment.nets.net_check import Tried
from experiment.nets.twins import keep_trial
from experiment.record.log import kept_in, tell
from experiment.run.digests import digests
from experiment.run.exit_codes import DONE, code_of, code_of_failures, describe
from experiment.run.reading import sealed
from experiment.run.run_directory import FrameworkDirectory, locked, open_run
from experiment.training.fitting import FitResult
from experiment.training.interrupts import Interrupted, Interrupts
from experiment.training.session import predicted_rows
from experiment.training.turn import Turn

Check = Callable[[Study, FoldData], Tried[Any]]
Fit = Callable[[Study, FoldData, FrameworkDirectory], FitResult]


def run_child(fit: Callable[..., FitResult], check: Check) -> int:
    """Check the net of a run, train it when it is its turn, and return the code to exit with.

    The run is the one that `sys.argv` names, as in `python -m lightning_mods.fit RUN [--debug]`, and its twin, or the
    one that the parent names which has started this process by `experiment.training.launch`.
    """
    gc.freeze()  # what was imported stays: looking through a framework for garbage takes a tenth of a second each time
    name, debug = in_room(Path(sys.argv[0]).resolve().parent.name).name, "--debug" in sys.argv
    turn = Turn()
    if (asked := turn.run()) is None:
        return DONE
    root, handed = asked
    try:
        run = open_run(root)
        directory = run.framework(name)
        if not debug:
            show_notices(name)
        # A lock of its own: this process may outlive its parent.
        with locked(directory.root):
            study = run.load_study()
            folds = handed or fold_data(study, run.load_plan())
            tried = check(study, folds)
            keep_trial(tried.trial, directory.trial)
            if not turn.has_come():
                return DONE
            with kept_in(directory.log), Interrupts(turn.alone) as interrupts:
                return train(partial(fit, tried=tried, interrupts=interrupts), study, folds, directory)
    except Interrupted as stopped:
        tell(f"{name}: {stopped}; continue with --resume {root}")
        return stopped.code
    except Exception as error:
        if debug:
            traceback.print_exc()
        tell(f"{name}: {describe(error, resumable=True)}")
        return code_of(error)


def train(fit: Fit, study: Study, folds: FoldData, directory: FrameworkDirectory) -> int:
    """Fit, and write weights, predictions and, last, how the fits went."""
    result = fit(study, folds, directory)
    write_bytes(directory.weights, save(weights(result, folds), metadata(folds)))
    code = keep_results(result, folds, directory)
    shutil.rmtree(directory.checkpoints, ignore_errors=True)
    return code


def keep_results(result: FitResult, folds: FoldData, directory: FrameworkDirectory) -> int:
    """Write predictions and, last, how the fits went; return the exit code for those that failed."""
    every, told = predictions(result, folds), fits(result, folds)
    judged = every.select(every.role != "validation")
    write_predictions(directory.validation, every.of_role("validation"))
    write_predictions(directory.predictions, judged)
    write_json(directory.fits, sealed(told | {"files": digests(directory)}))
    return code_of_failures(len(failed_folds(judged, fold_fits(told["members"]))), len(folds.members))


def weights(result: FitResult, folds: FoldData) -> dict[str, Any]:
    """Weights by portable name and, as `inputs.*`, what the input layer applies: all with a leading axis `members`."""
    statistics = {f"inputs.{name}": array for name, array in vars(folds.statistics).items()}
    return {name: np.ascontiguousarray(array) for name, array in (result.weights | statistics).items()}


def metadata(folds: FoldData) -> dict[str, str]:
    """Who the members are, and what the outputs mean: one entry, since safetensors keeps no order of several."""
    members = [member._asdict() for member in folds.members]
    table = {"task": folds.table.task, "classes": folds.table.classes, "columns": folds.table.columns}
    return {"twinfold": json.dumps({"members": members} | table)}


def predictions(result: FitResult, folds: FoldData) -> Predictions:
    """One entry for each predicted row of each member."""
    rows = predicted_rows(folds)
    lengths = [len(member_rows) for member_rows in rows]
    every_row = np.concatenate(rows)
    keys = {
        field: np.repeat([getattr(member, field) for member in folds.members], lengths)
        for field in ("repeat", "fold", "seed")
    }
    names = np.array([role.name for role in Role])
    roles = [roles[member_rows] for roles, member_rows in zip(folds.plan.roles, rows, strict=True)]
    return Predictions(
        row=every_row.astype(np.int32),
        repeat=keys["repeat"].astype(np.int32),
        fold=keys["fold"].astype(np.int32),
        seed=keys["seed"].astype(np.int64),
        role=names[np.concatenate(roles)],
        target=folds.table.targets[every_row],
        logits=np.concatenate(result.logits),
        classes=folds.table.classes,
        task=folds.table.task,
    )


def fits(result: FitResult, folds: FoldData) -> dict[str, Any]:
    """How the training of each member went."""
    table = folds.table
    members = [
        {
            **member._asdict(),
            "best_epoch": int(best),
            "epochs": int(epochs),
            "train_rows": len(rows),
            "train_targets": count_targets(table.targets[rows], table.task, table.classes).tolist(),
        }
        for member, best, epochs, rows in zip(
            folds.members, result.best_epoch, result.epochs, folds.rows(Role.train), strict=True
        )
    ]
    return {"members": members, "timing": result.timing}
