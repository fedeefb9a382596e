"""A learning curve in the learner's process: all sizes train as one stack, and each keeps its own results."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from configs.files.real_files import make_folder
from configs.learners import LEARNERS
from configs.schema import Study
from datamodules.fold_data import FoldData, evaluation_plan, fold_data
from datamodules.folds.plan import Role
from evaluation.predictions import write_predictions
from experiment.learning_curve.sizes import size_directory, sized
from experiment.nets.networks import Networks
from experiment.nets.predictor import Predictor
from experiment.record.history import lines_of, read_history, write_history
from experiment.run.framework_directory import FrameworkDirectory
from experiment.training.fitting import FitResult
from experiment.training.saving import keep_results, keep_weights, predictions
from experiment.training.workers.several import Fit


def learn(fit: Fit, study: Study, folds: FoldData, directory: FrameworkDirectory, sizes: Sequence[float]) -> int:
    """Train all `sizes`, the whole last; the results of the whole are those of the run. Returns its exit code.

    Raises:
        Interrupted: a signal came, and the state is saved.
        StudyError: a size is too small.
    """
    ordered = sizes[::-1]  # the whole has trial 0, as in a run
    stack = with_sizes(study, folds, ordered)
    place = FrameworkDirectory(directory.root / "sizes" / "stack" / directory.name)
    make_folder(place.root, parents=True)
    result = fit(quiet(study), stack, place)
    training, lines = training_logits(study, stack, result, directory.name), read_history(place.history)
    trials, code = np.array([member.trial for member in stack.members]), 0
    for number, size in reversed(list(enumerate(ordered))):
        indices = np.flatnonzero(trials == number).tolist()
        part, own = result.subset(indices), replace(stack.subset(indices), trials={})
        kept = size_directory(directory, size)
        make_folder(kept.root, parents=True)
        write_predictions(kept.training, predictions([training[index] for index in indices], own, Role.train))
        code = keep_results(part, own, kept)
    write_history(directory.history, lines_of(lines, own.members))
    keep_weights(part, own, directory)
    code = keep_results(part, own, directory)
    shutil.rmtree(place.root.parent, ignore_errors=True)
    return code


def with_sizes(study: Study, folds: FoldData, sizes: Sequence[float]) -> FoldData:
    """All members of `folds` once for each of `sizes`, whose number is their trial; see `subsets.sized_plan`.

    What a member knows of its inputs is fitted on its own subset. Raises StudyError if a size is too small.
    """
    stack = fold_data(study, sized(study, folds, sizes), folds.table)
    return replace(stack, trials=dict.fromkeys(range(len(sizes)), quiet(study)))


def training_logits(study: Study, folds: FoldData, result: FitResult, learner: str) -> list[NDArray[np.float32]]:
    """Logits of each member for its own training rows, `(training rows, outputs)`; NaN of one that has failed."""
    table, keys = folds.table, tuple(member[:3] for member in folds.members)
    networks = Networks(
        study, table.task, table.classes, table.columns, result.weights, folds.statistics, keys, {}, table.schema, {}
    )
    row_logits = import_module(LEARNERS[learner].predicting).member_logits(networks)
    predictor = Predictor(row_logits, table.task, table.classes, folds.statistics)
    plan = evaluation_plan(folds, Role.train)
    joined = np.concatenate([predictor.logits(table.features[rows]) for rows, _ in plan], axis=1)
    return [
        np.where(best >= 0, logits[: len(rows)], np.nan).astype(np.float32)
        for logits, rows, best in zip(joined, plan.rows, result.best_epoch, strict=True)
    ]


def quiet(study: Study) -> Study:
    """The study without event files: they are of the whole training set alone, and written when it is evaluated."""
    return study.model_copy(update={"output": study.output.model_copy(update={"tensorboard": False})})
