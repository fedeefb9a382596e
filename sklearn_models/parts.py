"""Baselines over the processes of a launcher: each member of each baseline is a part, which any of them trains."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from configs.schema import Study
from datamodules.fold_data import PREDICTED, FoldData
from experiment.record.log import kept_in, log
from experiment.run.exit_codes import RunError
from experiment.run.files.checkpoints import State, pack, unpack
from experiment.run.framework_directory import FrameworkDirectory
from experiment.run.marks.study import study_mark
from experiment.training.fitting import FitResult, joined
from experiment.training.saving import keep_results
from experiment.training.workers.part_training import Job
from experiment.training.workers.parts import Part, Parts
from experiment.training.workers.queue import Pool, Queue
from sklearn_models.fitting import Fitted, fit_members


def train_all(study: Study, folds: FoldData, directories: Sequence[FrameworkDirectory], pool: Pool) -> None:
    """Train the baselines of `directories`, which are named by them, and write the results of each once it is over.

    Raises RunError if no process is left, OSError.
    """
    with closing(Queue(pool)) as queue:
        for directory in directories:
            parts = Parts(directory.checkpoints, len(folds.members), 1, {"study": study_mark(study, folds)})
            parts.check()
            queue.add(Job(study, folds, directory, parts))
        while queue.jobs:
            for job, error in queue.turn():
                keep(job, error)


def train_part(job: Job, part: Part, number: int) -> None:
    """Train a `part` as worker `number`, unless another process does. Raises OSError."""
    with job.parts.claimed(part) as free:
        if free:
            fitted = fit_members(job.learner, job.folds.subset(part.indices), job.study.training.class_weights)
            job.parts.checkpoints(part).finish(state_of(fitted) | {"worker": pack(number)})


def keep(job: Job, error: RunError | None) -> None:
    """Write the results of a baseline; those of its members that an `error` has left untrained have failed with it."""
    for part in job.parts.unfinished():
        shape = [(len(rows), job.folds.table.outputs) for rows in job.folds.subset(part.indices).rows(*PREDICTED)]
        causes = [f"{job.learner}, fold {job.folds.members[member].fold}: {error}" for member in part.indices]
        nothing = [np.full(one, np.nan, np.float32) for one in shape]
        job.parts.checkpoints(part).finish(state_of(Fitted(nothing, causes, False, 0.0)))
    states = [job.parts.result(part) for part in job.parts]
    with kept_in(job.directory.log):
        for line in (line for state in states for line in unpack(state["causes"])):
            log.info(line)
    result = joined(states, len(job.folds.members))
    keep_results(with_note(result, any(bool(state["unweighted"]) for state in states)), job.folds, job.directory)
    shutil.rmtree(job.directory.checkpoints, ignore_errors=True)


def state_of(fitted: Fitted) -> State:
    """The result of a part, as that of a network's part."""
    state: State = {f"logits.{index:06d}": logits for index, logits in enumerate(fitted.logits)}
    return state | {
        "best_epoch": best_epochs(fitted.logits),
        "epochs": np.zeros(len(fitted.logits), np.int64),
        "timing": np.array([fitted.seconds, 0.0]),
        "history": pack([]),
        "causes": pack(fitted.causes),
        "unweighted": np.array(fitted.unweighted),
    }


def best_epochs(logits: Sequence[NDArray[np.float32]]) -> NDArray[np.int64]:
    """0 for each member, or -1 if it has failed: `(members,)`."""
    return np.array([0 if np.isfinite(one).all() else -1 for one in logits], np.int64)


def with_note(result: FitResult, unweighted: bool) -> FitResult:
    """The `result`, whose timing says so if it was trained without the weights that there are."""
    return replace(result, timing=result.timing | ({"unweighted": True} if unweighted else {}))
