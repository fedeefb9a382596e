"""Permutation importance of the searched keys."""

import numpy as np
from matplotlib.figure import Figure

from reporting.canvas import BLUE, GREY, INK, blank, dress
from reporting.figures.search.values import Answer
from reporting.search_words import short_names

MOST = 15
"""Most keys that are drawn."""


def importance_figure(answer: Answer) -> Figure:
    """A bar for each key, the most important on top: loss of the forest, and its deviation over the held-out parts."""
    known = dict(list(answer["importance"]["keys"].items())[:MOST])
    names = short_names(list(known))
    figure = blank(6.8, 0.9 + 0.36 * len(known))
    axes = figure.add_subplot()
    dress(axes, "Importance", "error added by permuting it, share of the variance", "")
    places = np.arange(len(known))
    means, deviations = ([one[part] for one in known.values()] for part in ("mean", "std"))
    axes.barh(places, means, height=0.6, color=BLUE, alpha=0.8)
    axes.errorbar(means, places, xerr=deviations, fmt="none", ecolor=INK, elinewidth=1, capsize=3)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.set_yticks(places, labels=[names[key] for key in known])
    axes.grid(axis="y", visible=False)
    axes.invert_yaxis()
    figure.set_label(
        "; ".join(f"{names[key]} {one['mean']:.2f} ± {one['std']:.2f}" for key, one in known.items()) + "."
    )
    return figure
