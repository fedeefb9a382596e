"""TensorBoard's rows of a search: a directory for each trial, with its settings and its objective."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluation.search.objectives import Spread
from evaluation.search.trial import Trial
from reporting.board import tags
from reporting.board.events import EventWriter
from reporting.board.hparams import session_end, start_of


def write_trial(
    directory: Path, trial: Trial, values: Mapping[str, Any], objective: str, spread: Spread, time: float
) -> None:
    """Write the row of a trial in the HParams tab, and the columns of its results.

    Args:
        directory: of its event file, whose name is that of the row.
        trial: of `trials.jsonl`.
        values: its searched keys with their values.
        objective: name of the metric.
        spread: mean and standard error of the objective over the folds; one that is not finite is no column.
        time: at which it began, in seconds since 1970.
    """
    columns = {
        tags.objective(objective): spread.mean,
        tags.objective("standard_error"): spread.error,
        tags.trained("epochs"): sum(trial.epochs) / max(len(trial.epochs), 1),
        tags.trained("seconds"): trial.seconds,
        tags.trained("weights"): float(trial.weights),
    }
    with EventWriter(directory) as writer:
        start = start_of({"trial": trial.number, **values}, time)
        writer.summaries([start, session_end(trial.status == "done", time + trial.seconds)], step=0)
        writer.scalars({tag: value for tag, value in columns.items() if value == value}, step=0)
