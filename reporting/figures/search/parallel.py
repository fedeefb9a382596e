"""Parallel coordinates of a search: each trial is a line through its values and its objective."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.decimals import decimals
from reporting.canvas import BLUE, GREY, INK, LEGEND, SHORT, blank
from reporting.figures.search.values import Answer, done_trials, limits, positions, varied_keys
from reporting.search_words import short_names, value_in_words

MOST_KEYS = 8
"""Most keys beside the objective that have room for their labels."""
UNITS = (0.0, 1.0)


def parallel_figure(answer: Answer) -> Figure:
    """A vertical axis for each of `drawn_keys`, and the objective on the right, the best on top.

    The lines of the best five stand out. A line has a gap where a trial does not have the key.
    """
    keys = drawn_keys(answer)
    figure = blank(8.4, 4.4)
    axes = figure.add_subplot()
    lines = np.stack([*(_key_axis(axes, answer, key, place) for place, key in enumerate(keys)),
                      _objective_axis(axes, answer, len(keys))])  # fmt: skip
    places, best = np.arange(len(lines)), answer["top"][0]
    for line, trial in zip(lines.T, done_trials(answer), strict=True):
        number = trial["number"]
        style = (GREY, 0.8, 0.5, 1) if number not in answer["top"] else (BLUE, 1.8, 0.9, 2)
        style = (INK, 2.4, 1.0, 3) if number == best else style
        colour, width, alpha, order = style
        axes.plot(places, line, color=colour, linewidth=width, alpha=alpha, zorder=order, marker=".", markersize=4)
    for colour, width, name in ((INK, 2.4, "best"), (BLUE, 1.8, "four next"), (GREY, 0.8, "other trials")):
        axes.plot([], [], color=colour, linewidth=width, label=name)
    names = short_names(keys, answer["objective"]["name"])
    axes.set(xlim=(-0.35, len(keys) + 0.35), ylim=(-0.08, 1.08), yticks=[])
    axes.set_xticks(places, labels=[*(names[key].replace("_", "\n") for key in keys), answer["objective"]["name"]])
    axes.tick_params(length=0, labelsize=9, colors=INK)
    axes.spines[:].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, **SHORT, **LEGEND)
    values = {one["number"]: one["values"] for one in answer["trials"]}[best]
    told = ", ".join(f"{names[key]} {value_in_words(values[key])}" for key in keys if key in values)
    figure.set_label(f"{lines.shape[1]} trials over {len(keys)} keys; the best, trial {best}, has {told}.")
    return figure


def drawn_keys(answer: Answer) -> list[str]:
    """The keys with an axis: in the order of the study, the most important ones where there are too many."""
    chosen = varied_keys(answer)[:MOST_KEYS]
    return [key for key in dict.fromkeys([*answer["space"], *chosen]) if key in chosen]


def _key_axis(axes: Axes, answer: Answer, key: str, place: int) -> np.ndarray:
    """Draw the axis of a key; its values from 0 to 1."""
    found = positions(answer, key)
    ends = [position for position, _ in found.ticks] + found.values[np.isfinite(found.values)].tolist()
    low, high = min(ends), max(ends)
    _axis(axes, place, [((at - low) / ((high - low) or 1.0), name) for at, name in found.ticks])
    return (found.values - low) / ((high - low) or 1.0)


def _objective_axis(axes: Axes, answer: Answer, place: int) -> np.ndarray:
    """Draw the axis of the objective, the best on top; trials beyond it lie at its lower end."""
    low, high = limits(answer)
    values = np.array([one["value"] for one in done_trials(answer)])
    bottom, top = (high, low) if answer["objective"]["falls"] else (low, high)
    _axis(axes, place, [(0.0, decimals(bottom, 3)), (1.0, decimals(top, 3))])
    return np.clip((values - bottom) / (top - bottom), *UNITS)


def _axis(axes: Axes, place: int, ticks: list[tuple[float, str]]) -> None:
    axes.axvline(place, color=GREY, linewidth=1, zorder=0, ymin=0.07, ymax=0.93)
    for at, name in ticks:
        axes.text(place + 0.04, at, name, fontsize=8, color=INK, va="center", zorder=5,
                  bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.5})  # fmt: skip
