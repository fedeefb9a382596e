"""ROC and precision-recall curves of all folds: one thin line each, their mean and a band."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from evaluation.canvas import BLUE, DASHED, QUARTERS, VERMILION, fold_gid, legend_below, pale, square
from evaluation.curves import precision_at
from evaluation.fold_curves import Curve

Floats = NDArray[np.float64]

GRID = np.linspace(0.0, 1.0, 201)


def roc_figure(curves: Sequence[Curve], where: str) -> Figure:
    """ROC curves of all folds, thin; their vertical mean and one standard deviation around it."""
    figure, axes = square(f"ROC, {where}", "false positive rate", "true positive rate")
    axes.set(xticks=QUARTERS, yticks=QUARTERS)
    axes.plot([0, 1], [0, 1], label="chance", **DASHED)
    grid = np.append(0.0, GRID)  # a ROC curve starts at the origin and may rise there at once
    heights = np.array([np.append(0.0, np.interp(GRID, curve.x, curve.y)) for curve in curves])
    _folds_and_mean(axes, curves, "AUROC", grid, heights, "default")
    legend_below(figure)
    return figure


def precision_recall_figure(curves: Sequence[Curve], base_rate: float, where: str) -> Figure:
    """Precision over recall of all folds, as `roc_figure`; dashed the `base_rate`, the precision of a guess."""
    figure, axes = square(f"Precision and recall, {where}", "recall", "precision")
    axes.set(xticks=QUARTERS, yticks=QUARTERS)
    axes.axhline(base_rate, label=f"base rate {base_rate:.3f}", **DASHED)
    heights = np.array([precision_at(GRID, curve.x, curve.y) for curve in curves])
    _folds_and_mean(axes, curves, "average precision", GRID, heights, "steps-pre")
    legend_below(figure)
    return figure


def _folds_and_mean(axes: Axes, curves: Sequence[Curve], area: str, grid: Floats, heights: Floats, style: Any) -> None:
    """Thin lines, mean and band over `grid` `(points,)`, `heights` `(folds, points)`; a single curve stands alone."""
    if not curves:
        axes.text(0.5, 0.6, "undefined: a class is missing", ha="center", color=VERMILION, fontsize=10)
    elif len(curves) == 1:
        label = f"{area} {curves[0].area:.3f}"
        [line] = axes.plot(curves[0].x, curves[0].y, color=BLUE, linewidth=2, drawstyle=style, label=label, zorder=4)
        line.set_gid(fold_gid(curves[0].name))
    else:
        areas, mean, std = [curve.area for curve in curves], heights.mean(axis=0), heights.std(axis=0, ddof=1)
        label = f"mean of {len(curves)} folds\n{area} {np.mean(areas):.3f} ± {np.std(areas, ddof=1):.3f}"
        axes.plot(grid, mean, color=BLUE, linewidth=2, label=label, zorder=4)
        low, high, label = np.clip(mean - std, 0, 1), np.clip(mean + std, 0, 1), "± 1 standard deviation"
        axes.fill_between(grid, low, high, color=BLUE, alpha=0.15, linewidth=0, label=label, zorder=2)
        thin: dict[str, Any] = {"color": VERMILION, "linewidth": 0.9, "drawstyle": style, "zorder": 3}
        for curve in curves:
            axes.plot(curve.x, curve.y, alpha=pale(len(curves)), gid=fold_gid(curve.name), **thin)
        label = f"single folds, {min(areas):.3f} to {max(areas):.3f}"
        axes.plot([], [], label=label, alpha=0.6, **thin)  # as pale as a fold of many, nobody would see it
