"""Paired plot of a comparison: each fold's metric in all candidates, and every pair's difference.

There is no critical-difference diagram: its ranks assume independent data sets (Demsar, JMLR 7, 2006), and folds that
share training rows are not independent. The interval of each pair is corrected for that.
"""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from evaluation.comparing.candidate import Candidate
from evaluation.decimals import percentage
from evaluation.judging.catalogue import label_of
from reporting.canvas import BLUE, DASHED, GREY, INK, LINE, PALE, blank, dress, pale, write_powers
from reporting.tables.comparison_cells import letters_of

Floats = NDArray[np.float64]
SHOWN = ("auroc", "r2")
WIDTH, LOWEST, ROW = 11.5, 4.2, 0.3
"""Inches: width of the figure, smallest height of the plots, height of a pair."""
LETTERS_OF_A_LINE = 110


def comparison_figure(compared: Mapping[str, Any], candidates: Sequence[Candidate]) -> Figure:
    """Plot one metric of a `comparison.compare` of the `candidates`, by fold and by pair.

    It is AUROC or R2 if compared, else the first one. The candidates have the letters of the tables.
    """
    metrics = dict.fromkeys(test["metric"] for test in compared["comparisons"])
    metric = next((name for name in SHOWN if name in metrics), next(iter(metrics)))
    pairs = [test for test in compared["comparisons"] if test["metric"] == metric]
    letters = letters_of(compared)
    key = [
        line
        for name, letter in letters.items()
        for line in wrap(f"{letter}: {name}", LETTERS_OF_A_LINE, subsequent_indent="    ")
    ]
    figure = blank(WIDTH, LINE * len(key) + max(LOWEST, 1.4 + ROW * len(pairs)))
    figure.suptitle("\n".join(key), x=0.01, ha="left", fontsize=9, color=INK, parse_math=False)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.25])
    _folds(left, metric, {letters[one.name]: one.values(metric) for one in candidates})
    _differences(right, metric, [{**pair, "a": letters[pair["a"]], "b": letters[pair["b"]]} for pair in pairs])
    return figure


def _folds(axes: Axes, metric: str, values: Mapping[str, Floats]) -> None:
    """A line for each fold, and the mean of all."""
    table = np.array(list(values.values()))  # (candidates, folds)
    # A caption below the plot: with AUROC near 1, a legend would cover the best folds in any corner.
    dress(axes, f"{label_of(metric)}, {table.shape[1]} folds", "thin: a fold; thick: the mean of all", label_of(metric))
    places, alpha = np.arange(len(table)), max(0.25, pale(table.shape[1]))
    thin: dict[str, Any] = {"color": BLUE, "linewidth": 0.8, "marker": "o", "markersize": 3}
    axes.plot(places, table, alpha=alpha, **thin)
    axes.plot(places, table.mean(axis=1), color=BLUE, linewidth=2, marker="D", markersize=6)
    axes.set_xlim(-0.35, len(table) - 0.65)
    write_powers(axes)
    axes.set_xticks(places, labels=list(values))
    axes.set_box_aspect(0.9)  # nearly square for any number of pairs
    axes.set_anchor("N")


def _differences(axes: Axes, metric: str, pairs: Sequence[Mapping[str, Any]]) -> None:
    """Difference, interval and probabilities of each pair, top down, and the region of practical equivalence."""
    dress(axes, "Differences and 95 % intervals", f"difference in {label_of(metric)}; grey: practical equivalence", "")
    axes.axvline(0, **DASHED)
    for height, pair in zip(range(len(pairs) - 1, -1, -1), pairs, strict=True):
        if pair["p"] is None:
            _write(axes, height, "undefined in a fold", GREY)
            continue
        axes.fill_betweenx([height - 0.4, height + 0.4], -pair["rope"], pair["rope"], color=PALE, linewidth=0, zorder=0)
        axes.plot([pair["low"], pair["high"]], [height] * 2, color=BLUE, linewidth=2.5, solid_capstyle="butt")
        axes.plot(pair["difference"], height, "D", color=BLUE, markersize=6)
        said = ((f"{pair['a']} better", "a_better"), ("same", "equivalent"), (f"{pair['b']} better", "b_better"))
        _write(axes, height, ", ".join(f"{words} {percentage(pair[name], 0)}" for words, name in said), INK)
    axes.set_ylim(-0.6, len(pairs) - 0.4)
    axes.margins(x=0.15)
    axes.locator_params(axis="x", nbins=5)
    write_powers(axes)
    axes.set_yticks(range(len(pairs) - 1, -1, -1), labels=[f"{pair['a']} - {pair['b']}" for pair in pairs])


def _write(axes: Axes, height: float, text: str, colour: str) -> None:
    """To the right of the plot, at `height`."""
    axes.text(1.02, height, text, transform=axes.get_yaxis_transform(), va="center", color=colour, fontsize=8)
