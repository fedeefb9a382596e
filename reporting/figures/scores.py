"""Histograms of the predicted probabilities of the rows of each class."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from evaluation.decimals import decimals
from evaluation.folds.names import Names
from evaluation.judging.probabilities import probabilities
from evaluation.predictions import Predictions
from reporting.canvas import BLUE, DASHED, INK, QUARTERS, blank, dress, fix_margins, fold_gid, pale

Floats = NDArray[np.float64]

EDGES = np.linspace(0.0, 1.0, 21)
MOST_PANELS = 12
FEWEST_ROWS = 5
"""Fewest rows of a class for a fold's outline: fewer would give bars as high as the plot."""


def scores_by_class(shown: Predictions) -> dict[str, Floats]:
    """The scores of the rows of each class, by its name; pooled for more than `MOST_PANELS` classes.

    A score is a probability: binary, that of the positive class; multiclass, that of the row's own class.
    """
    chances = probabilities(shown.logits, shown.task)
    column = np.zeros(len(chances), int) if shown.task == "binary" else shown.target
    scores = chances[np.arange(len(chances)), column]
    if len(shown.classes) > MOST_PANELS:
        return {f"all {len(shown.classes)} classes": scores}
    return {name: scores[shown.target == index] for index, name in enumerate(shown.classes)}


def score_figure(shown: Predictions, names: Names, where: str) -> Figure:
    """One histogram for each class, as shares of its rows: all folds filled, every fold as a thin outline."""
    pooled = scores_by_class(shown)
    folds = {names[key]: scores_by_class(shown.of_member(*key)) for key in shown.members()}
    high = len(pooled) < 4
    figure = blank(5.2, 1.4 + (1.5 if high else 0.95) * len(pooled))
    panels = figure.subplots(len(pooled), sharex=True, squeeze=False)[:, 0]
    for number, (axes, (name, scores)) in enumerate(zip(panels, pooled.items(), strict=True)):
        dress(axes, "" if number else f"Predicted probabilities, {where}", "", "", pad=18)
        _panel(axes, scores, {fold: mine[name] for fold, mine in folds.items()}, number)
        axes.locator_params(axis="y", nbins=4 if high else 2)
        axes.text(0, 1.04, f"{name}, {len(scores):,} rows", transform=axes.transAxes, fontsize=9, color=INK)
        if shown.task == "binary":
            axes.axvline(0.5, **DASHED)
    subject = f"probability of {shown.classes[1]}" if shown.task == "binary" else "probability of the true class"
    panels[-1].set_xlabel(subject, fontsize=10, color=INK)
    figure.supylabel("share of the class's rows", fontsize=10, color=INK)
    fix_margins(figure, gap=0.35)
    medians = [f"{name} {decimals(float(np.median(scores)), 3)}" for name, scores in pooled.items() if len(scores)]
    figure.set_label(f"Median {subject}: {', '.join(medians)}.")
    panels[-1].tick_params(axis="x", pad=7)  # below the 0 of the other axis
    return figure


def _panel(axes: Axes, pooled: Floats, folds: dict[str, Floats], number: int) -> None:
    axes.stairs(_shares(pooled), EDGES, fill=True, color=BLUE, alpha=0.35, linewidth=0)
    axes.stairs(_shares(pooled), EDGES, color=BLUE, linewidth=1.5)
    if len(folds) > 1:
        thin: dict[str, Any] = {"color": BLUE, "linewidth": 0.8, "alpha": pale(len(folds))}
        for name, scores in folds.items():
            if len(scores) < FEWEST_ROWS:
                continue
            axes.stairs(_shares(scores), EDGES, gid=fold_gid(name, number), **thin)
    axes.set(xlim=(0, 1), ylim=(0, None), xticks=QUARTERS)


def _shares(scores: Floats) -> Floats:
    counts = np.histogram(scores, EDGES)[0]
    return np.asarray(counts / max(counts.sum(), 1))
