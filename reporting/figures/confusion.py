"""Confusion matrix: counts, and shares of each true class; a heat map for many classes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.typing import NDArray

from evaluation.decimals import percentage
from reporting.canvas import BLUE, GREY, INK, square

MOST_COUNTED_CLASSES = 12
FAINTEST = 0.12
"""Smallest opacity of a cell with rows, so that a single one is visible."""
MOST_NAMED_CLASSES = 40


def confusion_figure(matrix: NDArray[np.int64], classes: Sequence[str], where: str) -> Figure:
    """Counts of `matrix` `(classes, classes)`, row = true class; the shade is the share of the true class."""
    side = min(max(5.2, 0.62 * len(classes)), 8.0)
    figure, axes = square(f"Confusion matrix, {where}", "predicted class", "true class", side)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.grid(False)
    _shade(axes, shares)
    axes.set(xlim=(-0.5, len(classes) - 0.5), ylim=(len(classes) - 0.5, -0.5))
    _name_classes(axes, classes)
    if len(classes) <= MOST_COUNTED_CLASSES:
        for (row, column), count in np.ndenumerate(matrix):
            _write_cell(axes, row, column, int(count), shares[row, column], 13 if len(classes) < 5 else 10)
    figure.set_label(f"{np.trace(matrix):,} of {matrix.sum():,} predictions are correct.")
    return figure


def _shade(axes: Axes, shares: NDArray[np.float64]) -> None:
    """Shade every cell with rows in blue, from `FAINTEST` on; `shares` `(classes, classes)`."""
    rows, columns = np.nonzero(shares)
    half = 0.48 if len(shares) <= MOST_COUNTED_CLASSES else 0.5
    corners = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    cells = np.stack([columns, rows], axis=1)[:, None] + corners  # (cells, 4, 2)
    colours = [to_rgba(BLUE, FAINTEST + (1 - FAINTEST) * share) for share in shares[rows, columns]]
    axes.add_collection(PolyCollection(list(cells), facecolors=colours, linewidths=0), autolim=False)
    axes.patch.set(edgecolor=GREY, linewidth=0.5)


def _name_classes(axes: Axes, classes: Sequence[str]) -> None:
    """Class names at the ticks, vertical where they would overlap; of very many, every second, third, ..."""
    step = -(-len(classes) // MOST_NAMED_CLASSES)
    positions, size = np.arange(0, len(classes), step), 9 if len(classes) <= MOST_COUNTED_CLASSES else 8
    upright = max(map(len, classes)) * len(classes) > 40
    axes.set_xticks(positions, labels=classes[::step], rotation=90 if upright else 0, fontsize=size)
    axes.set_yticks(positions, labels=classes[::step], fontsize=size)


def _write_cell(axes: Axes, row: int, column: int, count: int, share: float, size: float) -> None:
    if not count:
        axes.text(column, row, "0", ha="center", va="center", color=GREY, fontsize=size)
        return
    colour = "white" if share > 0.6 else INK
    axes.text(column, row, f"{count:,}", ha="center", va="bottom", color=colour, fontsize=size, fontweight="bold")
    axes.text(column, row + 0.06, percentage(share), ha="center", va="top", color=colour, fontsize=size - 3)
