"""Strip plot: every metric of every fold, mean and 95 % interval, and the outlier folds."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.decimals import decimals
from evaluation.judging.catalogue import name_of
from reporting.canvas import BLUE, GREY, INK, VERMILION, blank, dress, fix_margins, fold_gid

Spread = Mapping[str, Any]
Values = Mapping[str, float | None]

HEIGHTS = (-0.24, -0.06, -0.15, 0.03, -0.33)
"""Vertical offsets of consecutive folds, so that equal values do not overlap."""


def strip_figure(
    values: Mapping[str, Values],
    spreads: Mapping[str, Spread],
    outlying: Collection[tuple[str, str]],
    task: str = "binary",
) -> Figure:
    """One row per metric, each from its lowest to its highest value: folds, mean, 95 % interval, outliers by name.

    Args:
        values: metric -> fold -> value; None where it is undefined.
        spreads: metric -> `mean` and `ci95`, as in `scored` of metrics.json.
        outlying: (metric, fold) of the outliers.
        task: gives the names of the metrics.
    """
    shown = {metric: known for metric in values if (known := _known(values[metric]))}
    figure = blank(6.8, 0.8 + 0.56 * len(shown))
    axes = figure.add_subplot()
    dress(axes, "Each fold, mean and 95 % interval", "", "")
    axes.grid(False)
    axes.set(xlim=(-0.03, 1.03), ylim=(len(shown) - 0.45, -0.6), xticks=[])
    axes.set_yticks(np.arange(len(shown)), labels=[name_of(metric, task) for metric in shown])
    points: dict[str, list[tuple[float, float]]] = {}
    for row, (metric, known) in enumerate(shown.items()):
        low, high = _ends(known, spreads.get(metric, {}))
        _mean(axes, row, spreads.get(metric, {}), low, high)
        ends = ((0, low, "left"), (1, high, "right")) if low < high else ((0.52, low, "left"),)
        for place, value, side in ends:
            axes.text(place, row + 0.22, decimals(value, 3), ha=side, va="top", fontsize=8, color=INK)
        for number, (fold, value) in enumerate(known.items()):
            point = _between(value, low, high), row + HEIGHTS[number % len(HEIGHTS)]
            points.setdefault(fold, []).append(point)
            if (metric, fold) in outlying:
                _name(axes, point, fold, row)
    for fold, places in points.items():
        axes.plot(*zip(*places, strict=True), "o", color=BLUE, alpha=0.55, markeredgewidth=0, gid=fold_gid(fold))
    fix_margins(figure, left=1.75 if task == "multiclass" else 1.4, bottom=0.15)
    means = [f"{name_of(metric, task)} {decimals(one['mean'], 3)}" for metric in shown
             if (one := spreads.get(metric, {})).get("mean") is not None]  # fmt: skip
    outliers = sorted({fold for _, fold in outlying})
    figure.set_label(f"Means: {', '.join(means)}. Outlier folds: {', '.join(outliers) or 'none'}.")
    return figure


def _known(values: Values) -> dict[str, float]:
    return {fold: value for fold, value in values.items() if value is not None}


def _ends(known: Mapping[str, float], spread: Spread) -> tuple[float, float]:
    """Values at the left and the right end of a row; equal if all values are."""
    every = [*known.values(), *(value for value in spread.get("ci95") or () if value is not None)]
    return min(every), max(every)


def _between(value: float, low: float, high: float) -> float:
    """Position of a value in its row, from 0 to 1; the middle if both ends are equal."""
    return (value - low) / (high - low) if low < high else 0.5


def _mean(axes: Axes, row: int, spread: Spread, low: float, high: float) -> None:
    ends = [_between(value, low, high) for value in spread.get("ci95") or () if value is not None]
    axes.axhline(row + 0.16, color=GREY, linewidth=0.5, alpha=0.4, zorder=0)
    if ends:
        axes.plot(ends, [row + 0.16] * len(ends), color=GREY, linewidth=2.5, solid_capstyle="butt", zorder=1)
    if spread.get("mean") is not None:
        axes.plot(_between(spread["mean"], low, high), row + 0.16, "D", markersize=5, color=INK)


def _name(axes: Axes, place: tuple[float, float], fold: str, row: int) -> None:
    axes.plot(*place, "o", color=VERMILION, markeredgewidth=0, zorder=4, gid=fold_gid(fold, 2 * row + 1))
    side = -1 if place[0] > 0.5 else 1
    axes.annotate(fold, place, (8 * side, 0), textcoords="offset points", ha=("left", "right")[side < 0],
                  va="center", fontsize=8, color=VERMILION, gid=fold_gid(fold, 2 * row + 2))  # fmt: skip
