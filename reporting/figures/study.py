"""All figures of a finished study, by TensorBoard tag."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from evaluation.choices.calibration import calibration, member_bins
from evaluation.folds.failed import without
from evaluation.folds.fold_curves import base_rate, precision_recall_curves, roc_curves
from evaluation.folds.names import Names, names_of
from evaluation.judging.catalogue import metrics_of_run, name_of
from evaluation.keys import Key, key_of, place_of
from evaluation.predictions import Predictions
from evaluation.training_curves.loss_curves import loss_curves
from evaluation.training_curves.rate_curves import rate_curves
from reporting.board import tags
from reporting.figures.calibration import calibration_figure
from reporting.figures.confusion import confusion_figure
from reporting.figures.curves import precision_recall_figure, roc_figure
from reporting.figures.learning import learning_figure, losses_in_words
from reporting.figures.predicted import predicted_figure
from reporting.figures.residuals import residual_figure
from reporting.figures.scores import score_figure
from reporting.figures.strip import strip_figure
from reporting.fonts import fonts_for

Metrics = Mapping[str, Any]

LONGEST = 24
"""Largest length of a class name."""


def study_figures(
    predictions: Predictions, metrics: Metrics, history: Sequence[Mapping[str, Any]], dropout: bool = False
) -> dict[str, Figure]:
    """Tag -> figure, in display order.

    Args:
        predictions: of all members; the scored rows are shown, or the test rows where none is scored.
        metrics: the result of `summarise`.
        history: the lines of `history.jsonl`.
        dropout: whether the training losses were measured with dropout on.

    The label of a figure (`Figure.get_label`) is its text alternative: a sentence with numbers.
    """
    with fonts_for(metrics["classes"]):
        return _figures(predictions, metrics, history, dropout)


def _figures(
    predictions: Predictions, metrics: Metrics, history: Sequence[Mapping[str, Any]], dropout: bool
) -> dict[str, Figure]:
    names, classes = names_of(metrics), written(metrics["classes"])
    shown, where = shown_rows(replace(predictions, classes=classes), metrics)
    judged = metrics["out_of_fold"] or metrics["test"].get("ensemble", {})
    figures = _of_rows(shown, names, where, metrics) if len(shown.row) else {}
    if "confusion_matrix" in judged:
        matrix = np.array(judged["confusion_matrix"])
        figures[tags.CONFUSION_MATRIX] = confusion_figure(matrix, classes, where)
    if any(fold["scored"] for fold in metrics["folds"]) and len(names) > 1:
        figures[tags.FOLDS] = _strip(metrics, names)
    if curves := loss_curves(history):
        best_epoch = {names[key_of(fold)]: fold["best_epoch"] for fold in metrics["folds"]}
        of_folds = {names[key]: one for key, one in curves.items()}
        rates = {names[key]: one for key, one in rate_curves(history).items()}
        losses = losses_in_words(metrics)
        figures[tags.LEARNING_CURVES] = learning_figure(of_folds, best_epoch, dropout, losses, rates)
    return figures


def written(classes: Sequence[str]) -> tuple[str, ...]:
    """Class names for figures: long ones truncated and numbered, dollar signs escaped against mathtext."""
    short = [
        name if len(name) <= LONGEST else f"{name[: LONGEST - 4]}\N{HORIZONTAL ELLIPSIS}{number}"
        for number, name in enumerate(classes)
    ]
    return tuple(name.replace("$", r"\$") for name in short)


def shown_rows(predictions: Predictions, metrics: Metrics) -> tuple[Predictions, str]:
    """The rows of the figures, and their description; failed members are left out."""
    shown, where = predictions.of_role("scored"), "out of fold"
    if not len(shown.row):
        shown, where = predictions.of_role("test"), "held-out test set"
    failed = [key_of(one) for one in metrics["failed"]]
    members, shown = len(shown.members()), without(shown, failed).of_finite_members()
    if len(shown.members()) < members:
        where += f", {len(shown.members())} of {members} folds"
    return shown, where


def _of_rows(shown: Predictions, names: Names, where: str, metrics: Metrics) -> dict[str, Figure]:
    if shown.task == "regression":
        return {
            tags.PREDICTED_AGAINST_TRUE: predicted_figure(shown, names, where),
            tags.RESIDUALS: residual_figure(shown, names, where),
        }
    pooled = metrics["out_of_fold"] if len(names) > 1 else {}
    judged = metrics["calibration"].get("out_of_fold", {})  # that of the test rows is the ensemble's
    together = judged if judged.get("bins") else calibration(shown.logits, shown.target, shown.task)
    folds = {names[key]: member_bins(shown.of_member(*key)) for key in shown.members()}
    return {
        tags.ROC: roc_figure(
            roc_curves(shown, names, _areas("auroc", metrics)), where, *_area("auroc", shown.task, pooled)
        ),
        tags.PRECISION_RECALL: precision_recall_figure(
            precision_recall_curves(shown, names, _areas("average_precision", metrics)),
            base_rate(shown),
            where,
            *_area("average_precision", shown.task, pooled),
        ),
        tags.CALIBRATION: calibration_figure(
            together, folds, shown.task, where, len(shown.row) / len(np.unique(shown.row))
        ),
        tags.SCORES: score_figure(shown, names, where),
    }


def _areas(metric: str, metrics: Metrics) -> dict[Key, float]:
    """The judged value of each member whose rows are shown; nan where it is undefined."""
    scored = {key_of(fold): fold["scored"] for fold in metrics["folds"] if fold["scored"]}
    known = scored or {key_of(fold): fold for fold in metrics["test"].get("folds", ())}
    return {key: float("nan") if own[metric] is None else own[metric] for key, own in known.items()}


def _area(metric: str, task: str, pooled: Metrics) -> tuple[float | None, str]:
    """The pooled value of an area, None where there is none, and its name."""
    return pooled.get(metric), name_of(metric, task)


def _strip(metrics: Metrics, names: Names) -> Figure:
    values = {
        metric: {names[key_of(fold)]: fold["scored"].get(metric) for fold in metrics["folds"] if fold["scored"]}
        for metric in metrics_of_run(metrics)
    }
    outlying = {(one["metric"], names[key_of(_farthest(one, metrics))]) for one in metrics["outliers"]}
    return strip_figure(values, metrics["scored"], outlying, metrics["task"])


def _farthest(outlier: Metrics, metrics: Metrics) -> Metrics:
    """The member of an outlier fold that lies farthest from the median of the folds; its only one without seeds."""
    own = [fold for fold in metrics["folds"] if place_of(fold)[-2:] == place_of(outlier)[-2:] and fold["scored"]]
    known = [fold for fold in own if fold["scored"].get(outlier["metric"]) is not None]
    return max(known or own, key=lambda fold: abs((fold["scored"][outlier["metric"]] or 0.0) - outlier["median"]))
