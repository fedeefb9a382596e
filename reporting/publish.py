"""TensorBoard event files of a finished study, rebuilt from the saved results of a framework."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorboard.plugins.histogram.summary_v2 import histogram_pb

from configs.schema import Study
from evaluation.folds.names import Names, names_of
from reporting.board import tags
from reporting.board.epoch_scalars import fold_scalars, live_tags, spread_scalars
from reporting.board.events import EventWriter, remove_events, remove_fold_events
from reporting.board.graph import Node, graph_def
from reporting.board.hparams import result_scalars, session_end, session_start
from reporting.board.layout import fold_layout
from reporting.board.pictures import picture
from reporting.board.pr_curves import pr_curve
from reporting.board.texts import command_text, study_text
from reporting.figures.scores import scores_by_class
from reporting.figures.study import shown_rows
from reporting.page.part import Part
from reporting.tables.table import markdown_table


@dataclass(frozen=True, eq=False)
class Finished:
    """One framework's results of a study.

    Attributes:
        study, command: the study, and the command of the run.
        part: metrics, predictions and history.
        graph: the operations of one member; empty if unknown.
    """

    study: Study
    command: Sequence[str]
    part: Part
    graph: Sequence[Node]


def publish(directory: Path, finished: Finished) -> None:
    """Write the event files of the framework's `directory` in the run: one there, and one in `result/`.

    They replace older ones, so a study can be re-evaluated any number of times; version 0.1's files of every fold are
    removed.
    """
    part = finished.part.shown()
    remove_fold_events(directory)
    with _anew(directory) as writer:
        _publish_epochs(writer, part.history, names_of(part.metrics))
        _publish_rows(writer, part)
        for tag, figure in part.figures.items():
            writer.image(tags.plot(tag), picture(figure), step=0)
        writer.text(tags.METRICS, markdown_table({part.metrics["framework"]: part.metrics}))
        writer.text(tags.STUDY, study_text(finished.study))
        writer.text(tags.COMMAND, command_text(finished.command))
        if finished.graph:
            writer.graph(graph_def(finished.graph))
    with _anew(directory / tags.RESULT_DIRECTORY) as writer:
        _publish_result(writer, finished.study, part)


def _publish_epochs(writer: EventWriter, history: Sequence[Mapping[str, Any]], names: Names) -> None:
    """The scalars of every epoch over all stacks, and the layout of their charts."""
    if history:
        writer.summaries([fold_layout(live_tags(history[0]))], step=0)
    epochs = defaultdict(list)
    for line in history:
        epochs[line["epoch"]].append(line)
    for epoch, lines in sorted(epochs.items()):
        values = spread_scalars(lines)
        for line in lines:
            values |= fold_scalars(line, names)
        writer.scalars(values, epoch, lines[-1]["time"])


def _publish_rows(writer: EventWriter, part: Part) -> None:
    """The precision-recall curve of all rows together, and the histogram of the scores of each class."""
    shown, where = shown_rows(part.predictions, part.metrics)
    if len(shown.row) and shown.task != "regression":
        histograms = [
            histogram_pb(tags.class_scores(name), scores).value[0] for name, scores in scores_by_class(shown).items()
        ]
        writer.summaries([pr_curve(shown, where), *histograms], step=0)


def _publish_result(writer: EventWriter, study: Study, part: Part) -> None:
    metrics, times = part.metrics, [line["time"] for line in part.history] or [0.0]
    succeeded = len(metrics["failed"]) < len(metrics["folds"])
    start = session_start(study, metrics["framework"], times[0])
    writer.summaries([start, session_end(succeeded, times[-1])], step=0)
    writer.scalars(result_scalars(metrics), step=0)


def _anew(directory: Path) -> EventWriter:
    remove_events(directory)
    return EventWriter(directory)
