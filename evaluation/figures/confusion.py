"""The confusion matrix: counts, and shares of each true class."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from evaluation.canvas import GREY, INK, SHADES, square

MOST_COUNTED_CLASSES = 12


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
