"""Outcome of a setting: the line of its trial, done or failed with its cause."""

import math

from evaluation.search.trial import Trial
from experiment.run.exit_codes import RunError
from experiment.search.objectives import objectives
from experiment.search.rounds import Setting
from experiment.search.stacks import Trained
from experiment.training.fitting import FitResult


def finished(trained: Trained, objective: str) -> Trial:
    """The trial of a setting whose stack was trained, with the metric `objective` of its validation rows."""
    result, setting = trained.result, trained.candidate.setting
    values = objectives(objective, result.logits, trained.folds)
    done = any(value is not None for value in values)
    return Trial(
        **setting._asdict(),
        status="done" if done else "failed",
        cause="" if done else _cause(result, objective),
        objective=values,
        best_epoch=tuple(result.best_epoch.tolist()),
        epochs=tuple(result.epochs.tolist()),
        weights=sum(math.prod(array.shape[1:]) for array in result.weights.values()),
        seconds=trained.seconds,
    )


def failed(setting: Setting, error: Exception) -> Trial:
    """The trial of a setting that could not be trained."""
    members = len(setting.members)
    known = str(error).partition("\n")[0]
    cause = known if isinstance(error, ValueError | RunError) else f"{type(error).__name__}: {known}"
    return Trial(
        **setting._asdict(),
        status="failed",
        cause=cause,
        objective=(None,) * members,
        best_epoch=(-1,) * members,
        epochs=(0,) * members,
        weights=0,
        seconds=0.0,
    )


def _cause(result: FitResult, objective: str) -> str:
    if (result.best_epoch < 0).all():
        return "its loss was never finite in any fold"
    return f"the objective '{objective}' is not finite in any fold"
