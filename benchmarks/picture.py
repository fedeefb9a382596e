"""docs/pictures/benchmark.png from the results that are kept: the k-fold table as bars, and R(k)."""

import io
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from benchmarks import results
from benchmarks.measures import kfold, scaling
from benchmarks.peers import PEERS
from benchmarks.spread import spread
from configs.files.atomic import write_bytes
from configs.files.places import PROJECT
from reporting.canvas import BLUE, GREY, INK, LEGEND, PALE, VERMILION

PICTURE = PROJECT / "docs" / "pictures" / "benchmark.png"
COLOURS = {"lightning": BLUE, "tensorflow": VERMILION}


def draw() -> str:
    """Write the picture; return its size. Raises FileNotFoundError for a result that nobody has measured."""
    folds, members = kept("kfold"), kept("scaling")
    figure = Figure(figsize=(11.5, 4.4), dpi=130, facecolor="white")
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained", w_pad=0.15, h_pad=0.1)
    left, right = figure.subplots(1, 2, width_ratios=(1.45, 1.0))
    bars(left, folds.values)
    finish(left, f"Ten folds of breast cancer, {folds.cores} cores", grid="x")
    curves(right, members.values)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    small = io.BytesIO()
    Image.open(file).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(small, format="png", optimize=True)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(PICTURE, small.getvalue())
    return f"{PICTURE.relative_to(PROJECT)}: {len(small.getvalue()) / 1000:.0f} kB"


def kept(name: str) -> results.Result:
    """The result of one benchmark. Raises FileNotFoundError if nobody has measured it."""
    found = results.load(name)
    if found is None:
        raise FileNotFoundError(f"no result of {name}: run python -m benchmarks {name} first")
    return found


def bars(axes: Axes, values: dict[str, Any]) -> None:
    """Seconds of each case on a logarithmic scale, the slowest on top; a tick over the range of the repetitions."""
    titles = {name: peer.title for name, peer in PEERS.items()}
    titles |= {name: f"{title}, all folds at once" for name, title in kfold.OURS.items()}
    found = {name: spread(kfold.seconds(values, name)) for name in titles}
    order = sorted(found, key=lambda name: found[name].median)
    medians = np.array([found[name].median for name in order])
    reach = np.array([[found[name].median - found[name].low, found[name].high - found[name].median] for name in order])
    colours = [COLOURS.get(name, "#B9C4CC") for name in order]
    places = np.arange(len(order))
    axes.barh(places, medians, xerr=reach.T, color=colours, height=0.66, error_kw={"ecolor": GREY, "linewidth": 1})
    for place, name in enumerate(order):
        axes.text(found[name].high * 1.12, place, f"{found[name].median:.2g} s", va="center", fontsize=9, color=INK)
    axes.set(xscale="log", xlim=(medians.min() / 3, medians.max() * 4))
    axes.xaxis.set_major_formatter("{x:g} s")
    axes.minorticks_off()
    axes.set_yticks(places, [titles[name] for name in order], fontsize=9)
    axes.set_xlabel("seconds for 10 folds, 100 epochs (median; fold by fold unless said)", fontsize=9.5, color=INK)


def curves(axes: Axes, values: dict[str, Any]) -> None:
    """Measured R(k) as points, the model line, and what one fit after the other would cost."""
    sizes = np.geomspace(1, 200, 100)
    axes.plot(sizes, sizes, color=GREY, linewidth=1, linestyle=(0, (4, 3)), label="one after the other")
    for framework, colour in COLOURS.items():
        line, found = scaling.line_of(values, framework), scaling.medians(values, framework)
        base = found[min(found)]
        title = f"{kfold.OURS[framework]}, 10 members: {found[10] / base:.1f}x" if 10 in found else framework
        axes.plot(sizes, [line.ratio(size) for size in sizes], color=colour, linewidth=1.4)
        axes.plot(list(found), [one / base for one in found.values()], "o", color=colour, markersize=5.5, label=title)
    axes.set(xscale="log", yscale="log", xlim=(0.9, 230), ylim=(0.8, 230))
    axes.set_xticks([1, 2, 5, 10, 50, 200], ["1", "2", "5", "10", "50", "200"])
    axes.set_yticks([1, 10, 100], ["1", "10", "100"])
    axes.minorticks_off()
    axes.set_xlabel("members in the stack", fontsize=9.5, color=INK)
    axes.set_ylabel("time of a step, in steps of one member", fontsize=9.5, color=INK)
    axes.legend(loc="upper left", **LEGEND)
    finish(axes, "R(k), and the model line", grid="both")


def finish(axes: Axes, title: str, grid: Literal["x", "both"]) -> None:
    """The look that the figures of a study have."""
    axes.set_title(title, loc="left", fontsize=11.5, fontweight="bold", color=INK, pad=9)
    axes.tick_params(colors=INK, labelsize=9, length=0)
    axes.grid(axis=grid, color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
