"""TensorBoard event files of single folds, each as a run of its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation.predictions import Predictions
from reporting.board import tags
from reporting.board.epoch_scalars import live_tags, number_of
from reporting.board.events import EventWriter
from reporting.board.pr_curves import pr_curve


def write_fold(directory: Path, lines: Sequence[tuple[Mapping[str, Any], int]], judged: Predictions | None) -> None:
    """Write one member's curves under the study's tags, and the precision-recall curve of its `judged` rows.

    `lines` are the lines of `history.jsonl` with the member, each with the member's place in it.
    """
    with EventWriter(directory) as writer:
        for line, place in lines:
            columns = live_tags(line) | {tags.LEARNING_RATE: "learning_rate"}
            values = {tag: number_of(line[column][place]) for tag, column in columns.items() if column in line}
            writer.scalars(values, line["epoch"], line["time"])
        if judged is not None and len(judged.row) and judged.task != "regression":
            writer.summaries([pr_curve(judged, "rows of this fold")], step=0)
