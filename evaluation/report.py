"""The numbers of a run in one JSON-safe dictionary: `metrics.json`."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.classification import confusion_matrix, decisions
from evaluation.intervals import fold_summary
from evaluation.metrics import METRICS, judge
from evaluation.predictions import Predictions
from evaluation.probabilities import ensemble_logits


class FoldFit(NamedTuple):
    """How the fit of one member went; `train_rows` is the number of rows that it was trained on."""

    repeat: int
    fold: int
    seed: int
    best_epoch: int
    epochs: int
    train_rows: int


def summarise(
    predictions: Predictions, *, study: str, framework: str, fits: Sequence[FoldFit], timing: Mapping[str, float]
) -> dict[str, Any]:
    """Judge every fold, their mean, the pooled out-of-fold rows and the test part.

    The keys are those of `metrics.json`. `folds` has one entry per fit; its `scored` is `{}` for a member without
    scored rows. `scored` is `{metric: {mean, std, ci95}}` over the folds, see `intervals.fold_summary`. `out_of_fold`
    judges each row once per repeat and takes the mean over repeats; its `confusion_matrix` counts all repeats.
    `test.ensemble` judges the mean of the members' probabilities. nan becomes null; `reasons` beside it says why.
    """
    judged = [_judge_member(predictions, fit) for fit in fits]
    report = {
        "study": study,
        "framework": framework,
        "task": predictions.task,
        "classes": list(predictions.classes),
        "folds": [{key: fold[key] for key in fold if key != "test"} for fold in judged],
        "scored": _over_folds(judged, predictions),
        "out_of_fold": _out_of_fold(predictions.of_role("scored")),
        "test": _test(predictions.of_role("test"), judged),
        "timing": dict(timing),
    }
    safe: dict[str, Any] = _json_safe(report)
    return safe


def ensemble(test: Predictions) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Logits `(rows, outputs)` of the mean of the members' probabilities, and targets `(rows,)`.

    Rows ascend. Every member must have predicted the same rows, each once: the test part is cut off before the folds.
    """
    rows, counts = np.unique(test.row, return_counts=True)
    assert len(set(counts.tolist())) <= 1, "members were tested on different rows"
    by_row = np.argsort(test.row, kind="stable").reshape(len(rows), -1)
    return ensemble_logits(test.logits[by_row].swapaxes(0, 1), test.task), test.target[by_row[:, 0]]


def _judge(predictions: Predictions) -> dict[str, Any]:
    """`judge` for these rows; `{}` where there are none."""
    if not len(predictions.row):
        return {}
    return judge(predictions.logits, predictions.target, predictions.task, predictions.classes)


def _judge_member(predictions: Predictions, fit: FoldFit) -> dict[str, Any]:
    mine = predictions.of_member(fit.seed, fit.repeat, fit.fold)
    return {
        "repeat": fit.repeat,
        "fold": fit.fold,
        "seed": fit.seed,
        "best_epoch": fit.best_epoch,
        "epochs": fit.epochs,
        "train_rows": fit.train_rows,
        "scored": _judge(mine.of_role("scored")),
        "test": _judge(mine.of_role("test")),
    }


def _over_folds(folds: Sequence[Mapping[str, Any]], predictions: Predictions) -> dict[str, Any]:
    """`fold_summary` of every metric over the folds that have scored rows; `{}` if none has."""
    scored = [fold for fold in folds if fold["scored"]]
    if not scored:
        return {}
    scored_rows = np.sum(predictions.role == "scored") / len(scored)
    ratio = float(scored_rows / np.mean([fold["train_rows"] for fold in scored]))
    return {
        metric: fold_summary([fold["scored"][metric] for fold in scored], ratio, metric)
        for metric in METRICS[predictions.task]
    }


def _out_of_fold(scored: Predictions) -> dict[str, Any]:
    """Mean over repeats of every metric of the pooled rows, and the confusion matrix over all repeats."""
    passes = sorted(set(zip(scored.seed.tolist(), scored.repeat.tolist(), strict=True)))
    if not passes:
        return {}
    judged = [_judge(scored.select((scored.seed == seed) & (scored.repeat == repeat))) for seed, repeat in passes]
    pooled = _mean_of(judged)
    if scored.task != "regression" and np.isfinite(scored.logits).all():
        num_classes = len(scored.classes)
        pooled["confusion_matrix"] = confusion_matrix(
            decisions(scored.logits, scored.task), scored.target, num_classes
        ).tolist()
    return pooled


def _mean_of(judged: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Key by key mean of nested dictionaries of floats; of reasons, the first one of each metric."""
    mean: dict[str, Any] = {}
    for key in dict.fromkeys(key for one in judged for key in one):
        values = [one[key] for one in judged if key in one]
        if isinstance(values[0], Mapping):
            mean[key] = _mean_of(values)
        else:
            mean[key] = values[0] if isinstance(values[0], str) else float(np.mean(values))
    return mean


def _test(test: Predictions, folds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if not len(test.row):
        return {}
    keys = ("repeat", "fold", "seed")
    return {
        "ensemble": judge(*ensemble(test), test.task, test.classes),
        "folds": [{key: fold[key] for key in keys} | fold["test"] for fold in folds if fold["test"]],
    }


def _json_safe(value: Any) -> Any:
    """The same, with null for every number that JSON cannot hold."""
    if isinstance(value, Mapping):
        return {key: _json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_safe(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
