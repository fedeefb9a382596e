"""Slices of a search: the objective against each key, all other keys as they happened to be."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reporting.canvas import DASHED, GREEN, INK, blank, dress
from reporting.figures.search.values import (
    Answer,
    Positions,
    done_trials,
    limits,
    objective_label,
    positions,
    varied_keys,
)
from reporting.search_words import short_names

MOST, COLUMNS = 9, 3
"""Most keys that are drawn, and plots side by side."""


def slices_figure(answer: Answer) -> Figure:
    """A plot for each key that has several values, the most important first; logarithmic where the range is.

    The best trial is the largest dot; the dashed line is the study as written. Trials beyond the axis lie on its edge.
    """
    keys = varied_keys(answer)[:MOST]
    columns = 2 if len(keys) == 4 else min(COLUMNS, len(keys))
    rows = math.ceil(len(keys) / columns)
    figure = blank(8.4 if columns > 1 else 4.7, 2.5 * rows + 0.2)
    plots = figure.subplots(rows, columns, squeeze=False, sharey=True)
    names, low_high = short_names(keys), limits(answer)
    for place, (key, axes) in enumerate(zip(keys, plots.flat, strict=False)):
        dress(axes, "", names[key], objective_label(answer) if place % columns == 0 else "")
        _slice(axes, answer, positions(answer, key))
        axes.set_ylim(*low_high)
        axes.locator_params(axis="y", nbins=5)
    for axes in plots.flat[len(keys) :]:
        axes.set_axis_off()
    figure.set_label(f"{len(done_trials(answer))} trials against {', '.join(names[key] for key in keys)}.")
    return figure


def _slice(axes: Axes, answer: Answer, found: Positions) -> None:
    """Dots of the trials along one key."""
    trials, (low, high) = done_trials(answer), limits(answer)
    values = np.clip(np.array([one["value"] for one in trials]), low, high)
    best = np.array([one["number"] == answer["top"][0] for one in trials])
    axes.plot(found.values[~best], values[~best], "o", color=GREEN, markersize=4, alpha=0.6, clip_on=False)
    axes.plot(found.values[best], values[best], "o", color=INK, markersize=6, clip_on=False)
    written = next((place for place, one in enumerate(trials) if one["number"] == 0), None)
    if written is not None and np.isfinite(found.values[written]):
        axes.axvline(found.values[written], **DASHED)
    if found.chosen:
        axes.set_xticks([at for at, _ in found.ticks], labels=[name for _, name in found.ticks])
        axes.tick_params(
            axis="x", labelsize=8, labelrotation=30 if sum(len(name) for _, name in found.ticks) > 24 else 0
        )
        ends = [at for at, _ in found.ticks]
        axes.set_xlim(min(ends) - 0.4, max(ends) + 0.4)
    elif found.log:
        _decades(axes, found)
    else:
        axes.locator_params(axis="x", nbins=5)


def _decades(axes: Axes, found: Positions) -> None:
    """Ticks of an axis of common logarithms: powers of ten, or the ends where there is none between them."""
    ends = [at for at, _ in found.ticks]
    powers = np.arange(math.ceil(min(ends) - 1e-9), math.floor(max(ends) + 1e-9) + 1)
    if len(powers) > 1:
        axes.set_xticks(powers, labels=[f"$10^{{{power:g}}}$" for power in powers])
    else:
        axes.set_xticks(ends, labels=[name for _, name in found.ticks])
