"""Paired plot: each fold through all candidates, and every pair's difference.

There is no critical-difference diagram: its ranks take folds for independent data sets (Demsar, JMLR 7, 2006), and
folds that share training rows are not. The interval of each pair allows for that.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from evaluation.candidate import Candidate
from evaluation.canvas import BLUE, DASHED, GREY, INK, PALE, VERMILION, blank, dress, pale
from evaluation.metric_names import NAMES

Floats = NDArray[np.float64]
SHOWN = ("auroc", "r2")


def comparison_figure(compared: Mapping[str, Any], candidates: Sequence[Candidate]) -> Figure:
    """One metric of what `comparison.compare` found of the `candidates`, fold by fold and pair by pair.

    It is AUROC or R2 where that was compared, else the first one.
    """
    metrics = dict.fromkeys(test["metric"] for test in compared["comparisons"])
    metric = next((name for name in SHOWN if name in metrics), next(iter(metrics)))
    pairs = [test for test in compared["comparisons"] if test["metric"] == metric]
    figure = blank(11.5, max(4.2, 1.8 + 0.6 * len(pairs)))
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.25])
    _folds(left, metric, {one.name: one.values(metric) for one in candidates})
    _differences(right, metric, pairs)
    return figure


def _folds(axes: Axes, metric: str, values: Mapping[str, Floats]) -> None:
    """A line for each fold, and the mean of all."""
    table = np.array(list(values.values()))  # (candidates, folds)
    # Said below the plot: with AUROC near 1, a legend would lie on the best folds in any corner.
    dress(axes, f"{NAMES[metric]}, {table.shape[1]} folds", "thin: a fold; thick: the mean of all", NAMES[metric])
    places, alpha = np.arange(len(table)), max(0.25, pale(table.shape[1]))
    thin: dict[str, Any] = {"color": VERMILION, "linewidth": 0.9, "marker": "o", "markersize": 3}
    axes.plot(places, table, alpha=alpha, **thin)
    axes.plot(places, table.mean(axis=1), color=BLUE, linewidth=2, marker="D", markersize=6)
    axes.set_xticks(places, labels=[name.replace("/", "/\n") for name in values])
    axes.set_xlim(-0.35, len(table) - 0.65)


def _differences(axes: Axes, metric: str, pairs: Sequence[Mapping[str, Any]]) -> None:
    """Difference, interval and probabilities of each pair, from above, and the region that does not matter."""
    dress(axes, "Differences and 95 % intervals", f"difference in {NAMES[metric]}; grey: too small to matter", "")
    axes.axvline(0, **DASHED)
    for height, pair in zip(range(len(pairs) - 1, -1, -1), pairs, strict=True):
        if pair["p"] is None:
            _write(axes, height, "undefined in a fold", GREY)
            continue
        axes.fill_betweenx([height - 0.4, height + 0.4], -pair["rope"], pair["rope"], color=PALE, linewidth=0, zorder=0)
        axes.plot([pair["low"], pair["high"]], [height] * 2, color=BLUE, linewidth=2.5, solid_capstyle="butt")
        axes.plot(pair["difference"], height, "D", color=BLUE, markersize=6)
        said = (("first better", "a_better"), ("same", "equivalent"), ("second better", "b_better"))
        _write(axes, height + 0.22, ", ".join(f"{words} {pair[name]:.0%}" for words, name in said), INK)
    names = [f"{pair['a']}\n- {pair['b']}" for pair in pairs]
    axes.set_yticks(range(len(pairs) - 1, -1, -1), labels=names)
    axes.set_ylim(-0.6, len(pairs) - 0.4)
    axes.margins(x=0.15)


def _write(axes: Axes, height: float, text: str, colour: str) -> None:
    """In the middle of the plot, at `height`."""
    axes.text(
        0.5, height, text, transform=axes.get_yaxis_transform(), ha="center", va="center", color=colour, fontsize=8
    )
