"""Common style of all figures. Plain `Figure` objects on Agg: no pyplot, so no window, no global state, no leak.

Each colour has one meaning, in every figure: blue for predictions of rows that the networks did not train on, purple
for the training loss, green for the validation loss, vermilion for an outlier fold, grey for a reference. A single fold
is thin or pale, all folds together are thick or opaque. The palette is that of Okabe and Ito, which is safe for colour
vision deficiencies.
"""

import math
from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from matplotlib.transforms import blended_transform_factory

BLUE, VERMILION, INK, GREY, PALE = "#0072B2", "#D55E00", "#222222", "#8A8A8A", "#E6E6E6"
PURPLE, GREEN = "#B5568C", "#009E73"
LEGEND: dict[str, Any] = {"fontsize": 9, "framealpha": 0.85, "edgecolor": "none", "facecolor": "white"}
SHORT: dict[str, Any] = {
    "handlelength": 1.5,
    "handletextpad": 0.5,
    "columnspacing": 1,
    "borderpad": 0,
    "borderaxespad": 0,
}
LINE = 0.17
"""Height of a legend line in inches."""
TITLE = "title"
"""Id of the title of a plot, which a page has outside of its figure."""
MINUS, SMALLEST = "\N{MINUS SIGN}", 1e-300
QUARTERS = (0, 0.25, 0.5, 0.75, 1)
"""Ticks of an axis from 0 to 1. Every tick takes a millisecond to draw, and matplotlib would choose eight."""
LEFT_LABEL, LOWER_LABEL = 0.25, 0.36
"""Inches from the edge of a figure to the inner side of an axis label."""
DASHED: dict[str, Any] = {"color": GREY, "linewidth": 1, "linestyle": (0, (4, 3)), "zorder": 1}


def square(title: str, x: str, y: str, side: float = 5.2) -> tuple[Figure, Axes]:
    """An empty figure of `side` inches with one square plot from 0 to 1, its title and its axis labels."""
    figure = blank(side, side)
    axes = figure.add_subplot()
    dress(axes, title, x, y)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    return figure, axes


def blank(width: float, height: float) -> Figure:
    """A white figure without plots, in inches, that draws itself without a window."""
    figure = Figure(figsize=(width, height), dpi=120, facecolor="white")
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.12)
    return figure


def fix_margins(figure: Figure, left: float = 0.75, bottom: float = 0.65, gap: float = 0.0, below: float = 0.0) -> None:
    """Fixed margins in inches, and a `gap` between rows of plots, for labels of a known size.

    `below` is additional space under the lowest label.

    To measure labels, as the default layout does, costs as much as to draw them.
    """
    width, height = figure.get_size_inches()
    rows, bottom = max(len(figure.axes), 1), bottom + below
    inside = (height - bottom - 0.5 - gap * (rows - 1)) / rows
    figure.set_layout_engine(None)
    figure.subplots_adjust(left / width, bottom / height, 1 - 0.2 / width, 1 - 0.5 / height, hspace=gap / inside)
    for axes in figure.axes:
        beside = blended_transform_factory(figure.transFigure, axes.transAxes)
        under = blended_transform_factory(axes.transAxes, figure.transFigure)
        axes.yaxis.set_label_coords(LEFT_LABEL / width, 0.5, beside)
        axes.xaxis.set_label_coords(0.5, (LOWER_LABEL + below) / height, under)


def legend_below(figure: Figure, left: float = 0.75, gap: float = 0.0) -> None:
    """Put the legend of the first plot, in two columns, below all plots; and set the margins."""
    axes = figure.axes[0]
    labels = axes.get_legend_handles_labels()[1]
    needed = LINE * (math.ceil(len(labels) / 2) + any("\n" in label for label in labels))
    width, height = figure.get_figwidth(), figure.get_figheight() + needed
    figure.set_size_inches(width, height)
    fix_margins(figure, left, gap=gap, below=needed)
    corner: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0.1 / width, (needed + 0.1) / height)}
    axes.legend(**corner, bbox_transform=figure.transFigure, ncols=2, **SHORT, **LEGEND)


def dress(axes: Axes, title: str, x: str, y: str, pad: float = 10) -> None:
    """Set the title, `pad` points above the plot, labels, a pale grid, and no frame."""
    # Without a `y`, matplotlib computes a position above all artists, which takes a fifth of the drawing time.
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold", color=INK, pad=pad, y=1.0, gid=TITLE)
    axes.set_xlabel(x, fontsize=10, color=INK)
    axes.set_ylabel(y, fontsize=10, color=INK)
    axes.tick_params(colors=INK, labelsize=9, length=0, left=False, bottom=False)
    axes.grid(color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)


def write_powers(axes: Axes) -> None:
    """Format very large and very small ticks without their power of ten, which is added to the axis label.

    matplotlib would write it at the title's position. For axes that have their limits and their labels.
    """
    for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        if axis.get_scale() == "log":
            continue
        power = math.floor(math.log10(max(*map(abs, limits), SMALLEST)))
        if not -4 < power < 5:
            axis.set_major_formatter(_in_powers(power))
            axis.set_label_text(f"{axis.get_label_text()}, $10^{{{power}}}$")


def _in_powers(power: int) -> Callable[[float, float], str]:
    return lambda value, _: f"{value / 10.0**power:g}".replace("-", MINUS)


def logarithmic(axes: Axes, low: float, high: float) -> None:
    """Set a logarithmic y axis from `low` to `high`, both above 0, with plain numbers at 1, 2 and 5, or at 1 alone."""
    axes.set_yscale("log")
    few = high / low < 300
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,), numticks=12))
    axes.yaxis.set_major_formatter(_plain)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(low, high)


def _plain(value: float, _: float) -> str:
    power = math.floor(math.log10(value) + 1e-9)
    return f"{value:g}" if -5 < power < 5 else f"${value / 10.0**power:g}\\cdot10^{{{power}}}$"


def pale(num_folds: int) -> float:
    """Opacity of a fold's line among `num_folds`."""
    return min(max(4 / num_folds, 0.02), 0.45)


def drawn_folds(figure: Figure) -> set[str]:
    """Names of the folds with elements in the figure."""
    ids = [str(artist.get_gid()) for artist in figure.findobj()]
    return {gid.split(":")[1] for gid in ids if gid.startswith("fold:")}


def fold_gid(name: str, number: int = 0) -> str | None:
    """SVG id of one fold's element, its `number`-th in the figure; None for an element of no single fold."""
    return f"fold:{name}:{number}" if name else None
