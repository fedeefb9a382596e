"""Check of the files that serve every framework, schedules and metrics: an error is reported once, before training."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from configs.errors import StudyError
from configs.schema import Study
from configs.seats.metric_choice import METRICS
from configs.seats.metric_keys import read_key
from datamodules.table import Table
from evaluation.judging.catalogue import METRICS as USUAL
from experiment.nets.net_errors import explained
from experiment.rules.monitor import is_defined
from experiment.rules.schedule import load_schedule

ROWS = 1000
"""Number of rows that a metric is tried with."""


def check_chosen_files(study: Study, table: Table) -> None:
    """Try the schedule, and the metrics that are shown, monitored or searched by. Raises StudyError."""
    if study.optimizer.schedule.changes:
        try:
            load_schedule(study.optimizer.schedule)
        except ValueError as error:
            raise StudyError([f"optimizer.schedule: {error}"]) from error
    keys = [study.training.monitor, *([study.search.objective.key] if study.search else [])]
    check_metric_files([*keys, *study.evaluation.shown_metrics], table.targets, table.task, table.outputs)


def check_metric_files(keys: Sequence[str], targets: NDArray, task: str, outputs: int) -> None:
    """Call metrics that no study has by itself with rows that are all predicted right. Raises StudyError.

    `targets` are `(rows,)`, `outputs` those of a network.
    """
    for key in dict.fromkeys(keys):
        if key in USUAL[task]:
            continue
        try:
            with explained(METRICS, read_key(key)[0], ""):
                is_defined(key, np.asarray(targets[:ROWS]), task, outputs)
        except ValueError as error:
            raise StudyError([str(error)]) from error
