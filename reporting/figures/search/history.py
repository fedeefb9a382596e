"""History of a search: the objective of each trial, the best so far, and failed trials."""

import numpy as np
from matplotlib.figure import Figure

from evaluation.decimals import decimals
from reporting.canvas import GREEN, INK, VERMILION, blank, dress, legend_below, write_powers
from reporting.figures.search.values import Answer, done_trials, limits, objective_label


def history_figure(answer: Answer) -> Figure:
    """A dot for each trial, in the order of their numbers; one beyond the axis lies as a triangle on its edge."""
    trials, falls = done_trials(answer), answer["objective"]["falls"]
    figure = blank(6.8, 4.2)
    axes = figure.add_subplot()
    dress(axes, "History", "trial", objective_label(answer))
    low, high = limits(answer)
    axes.set_ylim(low, high)
    numbers = np.array([one["number"] for one in trials])
    values = np.array([one["value"] for one in trials])
    beyond = (values < low) | (values > high)
    axes.plot(numbers[~beyond], values[~beyond], "o", color=GREEN, markersize=5, alpha=0.7, label="a trial")
    if beyond.any():
        edge, mark = (high, "^") if falls else (low, "v")
        axes.plot(
            numbers[beyond], np.full(beyond.sum(), edge), mark, color=GREEN, clip_on=False, label="beyond the axis"
        )
    so_far = np.array([one["best_so_far"] for one in trials])
    axes.step(numbers, so_far, where="post", color=INK, linewidth=1.6, label="best so far")
    failed = [one["number"] for one in answer["trials"] if one["value"] is None]
    if failed:
        worse = high if falls else low
        axes.plot(failed, np.full(len(failed), worse), "x", color=VERMILION, clip_on=False, label="failed")
    axes.set_xlim(-0.6, max(one["number"] for one in answer["trials"]) + 0.6)
    axes.locator_params(axis="x", integer=True, min_n_ticks=1, nbins=8)
    axes.locator_params(axis="y", nbins=6)
    write_powers(axes)
    legend_below(figure, left=0.95)
    best = np.flatnonzero(so_far == so_far[-1])[0]
    figure.set_label(
        f"{len(trials)} trials from {decimals(float(values.min()), 4)} to {decimals(float(values.max()), 4)};"
        f" the best so far is {decimals(float(so_far[0]), 4)} at first and {decimals(float(so_far[-1]), 4)} from trial"
        f" {numbers[best]} on; {len(failed)} failed."
    )
    return figure
