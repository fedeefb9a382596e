"""Residual plot of a regression: true less predicted value, over the prediction."""

import numpy as np
from matplotlib.figure import Figure

from evaluation.decimals import decimals
from evaluation.folds.names import Names
from evaluation.predictions import Predictions
from evaluation.smoothing import local_mean
from reporting.canvas import BLUE, DASHED, INK, blank, dress, fold_gid, legend_below, write_powers

FEWEST_ROWS = 10
"""Fewest rows for a local mean."""
PLACES = 50
MOST_ROWS = 5000
"""Most rows that the local mean is computed from, evenly spread over the predictions."""


def residual_figure(shown: Predictions, names: Names, where: str) -> Figure:
    """Each row's residual over its prediction, one cloud per fold, and the local mean of all rows.

    A local mean away from 0 is a bias that depends on the prediction; a cloud that opens is an error that does.
    """
    figure = blank(6.8, 4.6)
    axes = figure.add_subplot()
    dress(axes, f"Residuals, {where}", "predicted value", "true - predicted value")
    axes.locator_params(nbins=6)
    predicted = shown.logits[:, 0].astype(np.float64)
    residuals = shown.target - predicted
    axes.axhline(0, label="predicted = true", **DASHED)
    alpha = min(max(150 / len(predicted), 0.08), 0.6)
    for key in shown.members():
        fold = shown.of_member(*key)
        rows = fold.logits[:, 0].astype(np.float64)
        dots = axes.scatter(rows, fold.target - rows, s=18, color=BLUE, alpha=alpha, linewidths=0, zorder=2)
        dots.set_gid(fold_gid(names[key]))
    axes.scatter([], [], s=18, color=BLUE, linewidths=0, label=f"{len(predicted):,} rows")
    if len(predicted) >= FEWEST_ROWS:
        order = np.argsort(predicted, kind="stable")
        some = order[np.unique(np.linspace(0, len(order) - 1, MOST_ROWS).astype(int))]
        places = np.linspace(predicted.min(), predicted.max(), PLACES)
        smooth = local_mean(predicted[some], residuals[some], places)
        axes.plot(places, smooth, color=INK, linewidth=2, label="local mean (loess)", zorder=3)
    high = 1.05 * float(np.abs(residuals).max()) or 1.0
    axes.set_ylim(-high, high)
    write_powers(axes)
    legend_below(figure, left=0.95)
    mean, spread = decimals(float(residuals.mean()), 3), decimals(float(residuals.std()), 3)
    figure.set_label(f"Residuals of {len(predicted):,} rows: mean {mean}, standard deviation {spread}.")
    return figure
