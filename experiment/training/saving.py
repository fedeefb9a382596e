"""Results of a training, written to its directory: weights, predictions and, last, how the fits went."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from configs.files.atomic import write_bytes, write_json
from datamodules.fold_data import FoldData
from datamodules.folds.plan import Role
from evaluation.fits import count_targets, fold_fits
from evaluation.folds.failed import failed_folds
from evaluation.predictions import Predictions, write_predictions
from experiment.run.exit_codes import code_of_failures
from experiment.run.files.digests import digests
from experiment.run.files.reading import sealed
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import FitResult
from experiment.training.session import predicted_rows


def keep_weights(result: FitResult, folds: FoldData, directory: FrameworkDirectory) -> None:
    """Write the best weights. Raises OSError."""
    write_bytes(directory.weights, save(weights(result, folds), metadata(folds)))


def keep_results(result: FitResult, folds: FoldData, directory: FrameworkDirectory) -> int:
    """Write predictions and, last, how the fits went; return the exit code for those that failed."""
    every, told = predictions(result.logits, folds), fits(result, folds)
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


def predictions(logits: Sequence[NDArray[np.float32]], folds: FoldData, *roles: Role) -> Predictions:
    """One entry for each row of `roles` of each member, the predicted ones without: its `logits`, `(rows, outputs)`."""
    rows = folds.rows(*roles) if roles else predicted_rows(folds)
    lengths = [len(member_rows) for member_rows in rows]
    every_row = np.concatenate(rows)
    keys = {
        field: np.repeat([getattr(member, field) for member in folds.members], lengths)
        for field in ("repeat", "fold", "seed")
    }
    names = np.array([role.name for role in Role])
    own = [every[member_rows] for every, member_rows in zip(folds.plan.roles, rows, strict=True)]
    return Predictions(
        row=every_row.astype(np.int32),
        repeat=keys["repeat"].astype(np.int32),
        fold=keys["fold"].astype(np.int32),
        seed=keys["seed"].astype(np.int64),
        role=names[np.concatenate(own)],
        target=folds.table.targets[every_row],
        logits=np.concatenate(logits),
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
