"""Figures of all folds together; `where` ends a title and says which rows are shown ("out of fold")."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from evaluation.canvas import BLUE, DASHED, GREY, INK, LEGEND, SHADES, VERMILION, square
from evaluation.curves import precision_at
from evaluation.fold_curves import Curve
from evaluation.metrics import judge

Floats = NDArray[np.float64]

GRID = np.linspace(0.0, 1.0, 201)
MOST_COUNTED_CLASSES = 12


def roc_figure(curves: Sequence[Curve], where: str) -> Figure:
    """ROC curves of all folds, thin; their vertical mean and one standard deviation around it."""
    figure, axes = square(f"ROC, {where}", "false positive rate", "true positive rate")
    axes.plot([0, 1], [0, 1], label="chance", **DASHED)
    grid = np.append(0.0, GRID)  # a ROC curve starts at the origin and may rise there at once
    heights = np.array([np.append(0.0, np.interp(GRID, curve.x, curve.y)) for curve in curves])
    _folds_and_mean(axes, curves, "AUROC", grid, heights, "default")
    axes.legend(loc="lower right", **LEGEND)
    return figure


def precision_recall_figure(curves: Sequence[Curve], base_rate: float, where: str) -> Figure:
    """Precision over recall of all folds, as `roc_figure`; dashed the `base_rate`, the precision of a guess."""
    figure, axes = square(f"Precision and recall, {where}", "recall", "precision")
    axes.axhline(base_rate, label=f"base rate {base_rate:.3f}", **DASHED)
    heights = np.array([precision_at(GRID, curve.x, curve.y) for curve in curves])
    _folds_and_mean(axes, curves, "average precision", GRID, heights, "steps-pre")
    axes.legend(loc="lower left", **LEGEND)
    return figure


def confusion_figure(matrix: NDArray[np.int64], classes: Sequence[str], where: str) -> Figure:
    """Counts of `matrix` `(classes, classes)`, row = true class; the shade is the share of the true class."""
    side = min(max(5.2, 0.62 * len(classes)), 8.0)
    figure, axes = square(f"Confusion matrix, {where}", "predicted class", "true class", side)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.grid(False)
    axes.imshow(shares, cmap=SHADES, vmin=0, vmax=1)
    axes.set(xlim=(-0.5, len(classes) - 0.5), ylim=(len(classes) - 0.5, -0.5))
    _name_classes(axes, classes)
    if len(classes) <= MOST_COUNTED_CLASSES:
        for (row, column), count in np.ndenumerate(matrix):
            _write_cell(axes, row, column, int(count), shares[row, column], 13 if len(classes) < 5 else 10)
    return figure


def predicted_figure(predicted: NDArray[Any], targets: NDArray[Any], where: str) -> Figure:
    """Regression: each row's prediction against its true value, both `(rows,)`, and the line where they agree."""
    figure, axes = square(f"Predicted against true, {where}", "true value", "predicted value")
    low, high = float(min(predicted.min(), targets.min())), float(max(predicted.max(), targets.max()))
    margin = 0.04 * (high - low or 1.0)
    axes.plot([low, high], [low, high], label="predicted = true", **DASHED)
    scores = judge(predicted[:, None], targets, "regression")
    label = f"{len(targets):,} rows, RMSE {scores['rmse']:.4g}, R² {scores['r2']:.3f}"
    alpha = float(np.clip(150 / len(targets), 0.08, 0.6))
    axes.scatter(targets, predicted, s=18, color=BLUE, alpha=alpha, linewidths=0, zorder=2)
    axes.scatter([], [], s=18, color=BLUE, linewidths=0, label=label)  # opaque in the legend
    axes.set(xlim=(low - margin, high + margin), ylim=(low - margin, high + margin))
    axes.legend(loc="upper left", **LEGEND)
    return figure


def _name_classes(axes: Axes, classes: Sequence[str]) -> None:
    """Class names at the ticks, upright where they would touch, and white lines between the cells."""
    positions, size = np.arange(len(classes)), 9 if len(classes) <= MOST_COUNTED_CLASSES else 6
    upright = max(map(len, classes)) * len(classes) > 40
    axes.set_xticks(positions, labels=classes, rotation=90 if upright else 0, fontsize=size)
    axes.set_yticks(positions, labels=classes, fontsize=size)
    axes.set_xticks(positions[1:] - 0.5, minor=True)
    axes.set_yticks(positions[1:] - 0.5, minor=True)
    axes.tick_params(which="minor", length=0)
    axes.grid(which="minor", color="white", linewidth=2 if len(classes) <= MOST_COUNTED_CLASSES else 0.5)
    axes.set_axisbelow(False)


def _write_cell(axes: Axes, row: int, column: int, count: int, share: float, size: float) -> None:
    if not count:
        axes.text(column, row, "0", ha="center", va="center", color=GREY, fontsize=size)
        return
    colour = "white" if share > 0.5 else INK
    axes.text(column, row, f"{count:,}", ha="center", va="bottom", color=colour, fontsize=size, fontweight="bold")
    axes.text(column, row + 0.06, f"{share:.1%}", ha="center", va="top", color=colour, fontsize=size - 3)


def _folds_and_mean(axes: Axes, curves: Sequence[Curve], area: str, grid: Floats, heights: Floats, style: Any) -> None:
    """Thin lines, mean and band over `grid` `(points,)`, `heights` `(folds, points)`; a single curve stands alone."""
    if not curves:
        axes.text(0.5, 0.6, "undefined: a class is missing", ha="center", color=VERMILION, fontsize=10)
    elif len(curves) == 1:
        label = f"{area} {curves[0].area:.3f}"
        axes.plot(curves[0].x, curves[0].y, color=BLUE, linewidth=2, drawstyle=style, label=label, zorder=4)
    else:
        areas, mean, std = [curve.area for curve in curves], heights.mean(axis=0), heights.std(axis=0, ddof=1)
        label = f"mean of {len(curves)} folds\n{area} {np.mean(areas):.3f} ± {np.std(areas, ddof=1):.3f}"
        axes.plot(grid, mean, color=BLUE, linewidth=2, label=label, zorder=4)
        low, high, label = np.clip(mean - std, 0, 1), np.clip(mean + std, 0, 1), "± 1 standard deviation"
        axes.fill_between(grid, low, high, color=BLUE, alpha=0.15, linewidth=0, label=label, zorder=2)
        thin: dict[str, Any] = {"color": VERMILION, "linewidth": 0.9, "drawstyle": style, "zorder": 3}
        alpha = float(np.clip(4 / len(curves), 0.08, 0.45))
        for curve in curves:
            axes.plot(curve.x, curve.y, alpha=alpha, **thin)
        label = f"single folds, {min(areas):.3f} to {max(areas):.3f}"
        axes.plot([], [], label=label, alpha=0.6, **thin)  # as pale as a fold of many, nobody would see it
