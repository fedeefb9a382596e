"""Strip plots: every metric of every fold, and which folds are odd."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.canvas import BLUE, GREY, INK, VERMILION, blank, dress, fix_margins, fold_gid
from evaluation.metric_names import NAMES

Spread = Mapping[str, Any]
Values = Mapping[str, float | None]

HEIGHTS = (-0.24, -0.06, -0.15, 0.03, -0.33)
"""Where the folds of a metric lie above its line, in turn, so that equal values can be told apart."""


def strip_figure(
    values: Mapping[str, Values], spreads: Mapping[str, Spread], odd: Collection[tuple[str, str]]
) -> Figure:
    """One row per metric, each from its lowest to its highest value: folds, mean, 95 % interval, outliers by name.

    Args:
        values: metric -> fold -> value; None where it is undefined.
        spreads: metric -> `mean` and `ci95`, as in `scored` of metrics.json.
        odd: (metric, fold) of the outliers.
    """
    shown = {metric: known for metric in values if (known := _known(values[metric]))}
    figure = blank(6.8, 0.8 + 0.56 * len(shown))
    axes = figure.add_subplot()
    dress(axes, "Each fold, mean and 95 % interval", "", "")
    axes.grid(False)
    axes.set(xlim=(-0.03, 1.03), ylim=(len(shown) - 0.45, -0.6), xticks=[])
    axes.set_yticks(np.arange(len(shown)), labels=[NAMES[metric] for metric in shown])
    points: dict[str, list[tuple[float, float]]] = {}
    for row, (metric, known) in enumerate(shown.items()):
        low, high = _ends(known, spreads.get(metric, {}))
        _mean(axes, row, spreads.get(metric, {}), low, high)
        for end, value in ((0, low), (1, high)):
            axes.text(end, row + 0.22, f"{value:.4g}", ha=("left", "right")[end], va="top", fontsize=7, color=INK)
        for number, (fold, value) in enumerate(known.items()):
            place = (value - low) / (high - low), row + HEIGHTS[number % len(HEIGHTS)]
            points.setdefault(fold, []).append(place)
            if (metric, fold) in odd:
                _name(axes, place, fold, row)
    for fold, places in points.items():
        axes.plot(*zip(*places, strict=True), "o", color=BLUE, alpha=0.55, markeredgewidth=0, gid=fold_gid(fold))
    fix_margins(figure, left=1.4, bottom=0.15)
    return figure


def _known(values: Values) -> dict[str, float]:
    return {fold: value for fold, value in values.items() if value is not None}


def _ends(known: Mapping[str, float], spread: Spread) -> tuple[float, float]:
    """What the left and the right end of a row stand for; two numbers even where all values are one."""
    every = [*known.values(), *(value for value in spread.get("ci95") or () if value is not None)]
    low, high = min(every), max(every)
    half = max(0.5, abs(low) / 2)  # 0.5 is nothing beside the 1e30 of a loss that ran away
    return (low, high) if low < high else (low - half, high + half)


def _mean(axes: Axes, row: int, spread: Spread, low: float, high: float) -> None:
    ends = [(value - low) / (high - low) for value in spread.get("ci95") or () if value is not None]
    axes.axhline(row + 0.16, color=GREY, linewidth=0.5, alpha=0.4, zorder=0)
    if ends:
        axes.plot(ends, [row + 0.16] * len(ends), color=GREY, linewidth=2.5, solid_capstyle="butt", zorder=1)
    if spread.get("mean") is not None:
        axes.plot((spread["mean"] - low) / (high - low), row + 0.16, "D", markersize=5, color=INK)


def _name(axes: Axes, place: tuple[float, float], fold: str, row: int) -> None:
    axes.plot(*place, "o", color=VERMILION, markeredgewidth=0, zorder=4, gid=fold_gid(fold, 2 * row + 1))
    side = -1 if place[0] > 0.5 else 1
    axes.annotate(fold, place, (8 * side, 0), textcoords="offset points", ha=("left", "right")[side < 0],
                  va="center", fontsize=8, color=VERMILION, gid=fold_gid(fold, 2 * row + 2))  # fmt: skip
