"""Ensemble of the folds' networks on the held-out test set, compared with each of them alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals.dependence import Dependence
from evaluation.intervals.sampling import sampling_intervals
from evaluation.judging.catalogue import measured, metric_of
from evaluation.judging.classification import confusion_matrix, decisions
from evaluation.judging.judge import judge
from evaluation.judging.probabilities import ensemble_logits
from evaluation.predictions import Predictions


def ensemble(test: Predictions) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Logits `(rows, outputs)` of the mean of the members' probabilities, and targets `(rows,)`.

    Rows ascend. Every member must have predicted the same rows, each once: the test set is split off before the folds.
    """
    rows, counts = np.unique(test.row, return_counts=True)
    assert len(set(counts.tolist())) <= 1, "members were tested on different rows"
    by_row = np.argsort(test.row, kind="stable").reshape(len(rows), -1)
    return ensemble_logits(test.logits[by_row].swapaxes(0, 1), test.task), test.target[by_row[:, 0]]


def judge_test(
    test: Predictions,
    cut: float,
    folds: Sequence[Mapping[str, Any]],
    dependence: Dependence,
    chosen: Sequence[str] = (),
) -> dict[str, Any]:
    """Metrics of the `ensemble` at `cut`, its `intervals`, and metrics of each of `folds`; `{}` without test rows."""
    if not len(test.row):
        return {}
    logits, targets = ensemble(test)
    together = judge(logits, targets, test.task, test.classes, cut, chosen)
    if test.task != "regression" and np.isfinite(logits).all():
        given = decisions(logits, test.task, cut)
        together["confusion_matrix"] = confusion_matrix(given, targets, len(test.classes)).tolist()
    keys = ("repeat", "fold", "seed")
    return {
        "ensemble": together,
        "intervals": sampling_intervals(
            [logits], targets, test.task, [cut], dependence.of(np.unique(test.row)), chosen
        ),
        "folds": [{key: fold[key] for key in keys} | fold["test"] for fold in folds if fold["test"]],
    }


def against_folds(test: Mapping[str, Any], task: str, chosen: Sequence[str] = ()) -> dict[str, Any]:
    """Ensemble against single folds, `{metric: {ensemble, folds, mean_of_folds, better_than}}`; `{}` with one fold.

    `better_than` counts the folds that the ensemble beats; a tie is no win.
    """
    if len(test.get("folds", ())) < 2:
        return {}
    compared = {}
    for metric in measured(task, chosen):
        together, alone = test["ensemble"][metric], [fold[metric] for fold in test["folds"]]
        won = [together < one if metric_of(metric).falls else together > one for one in alone]
        mean = float(np.mean(alone))
        compared[metric] = {"ensemble": together, "folds": alone, "mean_of_folds": mean, "better_than": sum(won)}
    return compared
