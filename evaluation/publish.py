"""The end of a study in TensorBoard: all folds together, in figures and one table."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from evaluation import tags
from evaluation.classification import confusion_matrix, decisions
from evaluation.events import EventWriter
from evaluation.figures import confusion_figure, precision_recall_figure, predicted_figure, roc_figure
from evaluation.fold_curves import base_rate, precision_recall_curves, roc_curves
from evaluation.predictions import Predictions
from evaluation.table import markdown_table


def publish(directory: Path, predictions: Predictions, metrics: Mapping[str, Any]) -> None:
    """Write the figures of all folds and a table of `metrics` as one event file.

    Args:
        directory: the framework's directory in the run; the file goes to its `folds/`.
        predictions: of all members; the scored rows are shown, or the test rows where none is scored.
        metrics: what `summarise` returned.
    """
    with EventWriter(directory / tags.FOLDS_DIRECTORY) as writer:
        for tag, figure in study_figures(predictions).items():
            writer.image(tag, figure, step=0)
        writer.text(tags.METRICS, markdown_table({metrics["framework"]: metrics}))


def study_figures(predictions: Predictions) -> dict[str, Figure]:
    """The figures of a finished study, tag -> figure; `{}` where no row was scored or tested."""
    shown, where = predictions.of_role("scored"), "out of fold"
    if not len(shown.row):
        shown, where = predictions.of_role("test"), "test part"
    members, shown = len(shown.members()), shown.of_finite_members()
    if len(shown.members()) < members:
        where += f", {len(shown.members())} of {members} folds"
    if not len(shown.row):
        return {}
    if shown.task == "regression":
        return {tags.PREDICTED_AGAINST_TRUE: predicted_figure(shown.logits[:, 0], shown.target, where)}
    matrix = confusion_matrix(decisions(shown.logits, shown.task), shown.target, len(shown.classes))
    return {
        tags.ROC: roc_figure(roc_curves(shown), where),
        tags.PRECISION_RECALL: precision_recall_figure(precision_recall_curves(shown), base_rate(shown), where),
        tags.CONFUSION_MATRIX: confusion_figure(matrix, shown.classes, where),
    }
