"""Learning curve in the terminal: a row for each size."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from evaluation.decimals import decimals, percentage
from evaluation.judging.catalogue import name_of
from reporting.tables.comparison_cells import plain_table

Curves = Mapping[str, Mapping[str, Any]]


def learning_curve_table(curves: Curves, metric: str) -> Table:
    """Size, training rows, and the mean `metric` of the scored and the training rows of each learner."""
    first = next(iter(curves.values()))
    columns = [f"{learner}, {part}" for learner in curves for part in (f"{first['rows']}, 95 %", "training")]
    table = plain_table(name_of(metric, first["task"]), "rows", *columns)
    for place, point in enumerate(first["sizes"]):
        cells = [
            _cell(curve["sizes"][place][metric][part], part == "scored")
            for curve in curves.values()
            for part in ("scored", "training")
        ]
        table.add_row(percentage(point["size"], 0), f"{round(point['mean_rows']):,}", *cells)
    return table


def _cell(one: Mapping[str, Any], spans: bool) -> str:
    if one["mean"] is None:
        return "undefined"
    mean, (low, high) = decimals(one["mean"], 4), one["ci95"]
    return f"{mean} ({decimals(low, 3)}, {decimals(high, 3)})" if spans and low is not None else mean
