"""ROC and precision-recall curves of all folds: a thin line each, their vertical mean and a band."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from evaluation.decimals import decimals
from evaluation.folds.fold_curves import Curve
from evaluation.judging.curves import precision_at
from reporting.canvas import BLUE, DASHED, GREY, QUARTERS, fold_gid, legend_below, pale, square

Floats = NDArray[np.float64]

GRID = np.linspace(0.0, 1.0, 201)


def roc_figure(curves: Sequence[Curve], where: str, pooled: float | None = None, name: str = "AUROC") -> Figure:
    """ROC curves of all folds, thin; their vertical mean and one standard deviation around it.

    `pooled` is the area of the rows of all folds together, which is not the mean of the folds' areas; `name` is that
    of the area.
    """
    figure, axes = square(f"ROC curves, {where}", "false positive rate", "true positive rate")
    axes.set(xticks=QUARTERS, yticks=QUARTERS)
    axes.plot([0, 1], [0, 1], label="baseline: chance", **DASHED)
    grid = np.append(0.0, GRID)  # a ROC curve may be vertical at the origin
    heights = np.array([np.append(0.0, np.interp(GRID, curve.x, curve.y)) for curve in curves])
    _folds_and_mean(axes, curves, (name, pooled), grid, heights, "default")
    legend_below(figure)
    return figure


def precision_recall_figure(
    curves: Sequence[Curve], prevalence: float, where: str, pooled: float | None = None, name: str = "average precision"
) -> Figure:
    """Precision over recall of all folds, as `roc_figure`; dashed the `prevalence`, the precision of a baseline."""
    figure, axes = square(f"PR curves, {where}", "recall", "precision")
    axes.set(xticks=QUARTERS, yticks=QUARTERS)
    axes.axhline(prevalence, label=f"baseline: prevalence {decimals(prevalence, 3)}", **DASHED)
    heights = np.array([precision_at(GRID, curve.x, curve.y) for curve in curves])
    _folds_and_mean(axes, curves, (name, pooled), GRID, heights, "steps-pre")
    legend_below(figure)
    return figure


def _folds_and_mean(
    axes: Axes, curves: Sequence[Curve], area: tuple[str, float | None], grid: Floats, heights: Floats, style: Any
) -> None:
    """Thin lines, mean and band over `grid` `(points,)`, `heights` `(folds, points)`; a single curve stands alone.

    `area` is the name of the area below a curve, and its pooled value.
    """
    (name, pooled), figure = area, axes.get_figure(root=True)
    assert figure is not None
    if not curves:
        figure.set_label(f"{name} is undefined: a class is missing.")
        axes.text(0.5, 0.6, "undefined: a class is missing", ha="center", color=GREY, fontsize=10)
    elif len(curves) == 1:
        label = f"{name} {decimals(curves[0].area, 3)}"
        [line] = axes.plot(curves[0].x, curves[0].y, color=BLUE, linewidth=2, drawstyle=style, label=label, zorder=4)
        line.set_gid(fold_gid(curves[0].name))
        figure.set_label(f"{label}.")
    else:
        areas, mean, std = [curve.area for curve in curves], heights.mean(axis=0), heights.std(axis=0, ddof=1)
        spread = f"{decimals(float(np.mean(areas)), 3)} ± {decimals(float(np.std(areas, ddof=1)), 3)}"
        label = f"mean of {len(curves)} folds,\n{name} {spread}"
        rows = f"pooled rows: {decimals(pooled, 3)}" if pooled is not None else ""
        ends = f"a fold: {decimals(min(areas), 3)} to {decimals(max(areas), 3)}"
        axes.plot(grid, mean, color=BLUE, linewidth=2, label=label, zorder=4)
        low, high, band = np.clip(mean - std, 0, 1), np.clip(mean + std, 0, 1), "± one standard deviation"
        axes.fill_between(grid, low, high, color=BLUE, alpha=0.15, linewidth=0, label=band, zorder=2)
        thin: dict[str, Any] = {"color": BLUE, "linewidth": 0.8, "drawstyle": style, "zorder": 3}
        for curve in curves:
            axes.plot(curve.x, curve.y, alpha=pale(len(curves)), gid=fold_gid(curve.name), **thin)
        axes.plot([], [], label=ends, alpha=0.6, **thin)  # the opacity of a fold among many is invisible in a legend
        if rows:
            axes.plot([], [], linestyle="none", label=rows)
        figure.set_label("; ".join(filter(None, [label.replace("\n", " "), rows, ends])) + ".")
