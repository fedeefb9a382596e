"""Permutation importance: a bar for each column, and its 95 % interval over the folds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from evaluation.decimals import decimals
from evaluation.importance import change_in, main_metric
from reporting.canvas import BLUE, GREY, INK, blank, dress, fix_margins, write_powers
from reporting.figures.study import written
from reporting.fonts import fonts_for

MOST = 20
"""Columns that are drawn, the most important ones."""
ROW = 0.24
"""Inches of a bar."""


def importance_figure(importance: Mapping[str, Any], task: str) -> Figure:
    """The most important columns of an `importance.json`, by its main metric, the first on top."""
    metric = main_metric(importance["metrics"], importance["columns"])
    shown = [one for one in importance["columns"] if one[metric]["mean"] is not None][:MOST]
    names = written([one["column"] for one in shown])
    with fonts_for([one["column"] for one in shown]):
        figure = blank(6.8, 1.15 + ROW * len(shown))
        axes = figure.add_subplot()
        dress(axes, "Permutation importance", f"{change_in(metric, task)} when the column is permuted", "")
        axes.grid(False, axis="y")
        places = np.arange(len(shown))
        # Two collections: a bar and a line of each column would take twice as long to draw.
        axes.hlines(places, 0, [one[metric]["mean"] for one in shown], colors=BLUE, linewidth=10, alpha=0.45)
        known = [
            (place, one[metric]) for place, one in zip(places, shown, strict=True) if one[metric]["low"] is not None
        ]
        lows, highs = ([one[end] for _, one in known] for end in ("low", "high"))
        axes.hlines([place for place, _ in known], lows, highs, colors=INK, linewidth=1.2)
        axes.axvline(0, color=GREY, linewidth=1)
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.locator_params(axis="x", nbins=5)
        write_powers(axes)
        axes.set_yticks(places, labels=names)
        fix_margins(figure, left=1.9)
    told = ", ".join(f"{one['column']} {decimals(one[metric]['mean'], 3)}" for one in shown[:5])
    figure.set_label(f"{change_in(metric, task)}: {told}.")
    return figure
