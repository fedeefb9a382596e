"""Learning curve: a metric against the number of training rows, of the scored rows and of the training rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from evaluation.decimals import decimals
from evaluation.judging.catalogue import name_of
from evaluation.learning_curve import main_metric
from reporting.canvas import BLUE, PURPLE, blank, dress, fold_gid, legend_below, pale, write_powers

PARTS = {"scored": ("scored rows", BLUE), "training": ("training rows", PURPLE)}


def learning_curve_figures(
    curves: Mapping[str, Mapping[str, Any]], names: Mapping[tuple[int, int], str]
) -> dict[str, Figure]:
    """The figure of the main metric of each learner, without those of which every fold has failed."""
    shown = {learner: curve for learner, curve in curves.items() if curve["folds"]}
    return {learner: learning_curve_figure(one, main_metric(one), names) for learner, one in shown.items()}


def learning_curve_figure(curve: Mapping[str, Any], metric: str, names: Mapping[tuple[int, int], str]) -> Figure:
    """Mean over the folds and its 95 % interval at each size, and a thin line for each fold's scored rows.

    Args:
        curve: of one learner, see `evaluation.learning_curve`.
        metric: one of its metrics.
        names: (repeat, fold) -> name of the fold.
    """
    rows = np.array([point["mean_rows"] for point in curve["sizes"]], np.float64)
    name = name_of(metric, curve["task"])
    figure = blank(6.8, 4.2)
    axes = figure.add_subplot()
    dress(axes, "Learning curve", "training rows of a fold", name)
    folds = np.array([point[metric]["scored"]["folds"] for point in curve["sizes"]], np.float64)  # (sizes, folds)
    for place, fold in enumerate(curve["folds"]):
        gid = fold_gid(names.get((fold["repeat"], fold["fold"]), ""))
        axes.plot(rows, folds[:, place], color=BLUE, alpha=pale(folds.shape[1]), linewidth=0.8, gid=gid)
    for part, (label, colour) in PARTS.items():
        told = curve["rows"] == "test" and part == "scored"
        points = [point[metric][part] for point in curve["sizes"]]
        mean, ends = _column(points, "mean"), np.array([point["ci95"] for point in points], np.float64)
        axes.plot(rows, mean, "o-", color=colour, linewidth=2, markersize=5, label="test rows" if told else label)
        axes.fill_between(rows, ends[:, 0], ends[:, 1], color=colour, alpha=0.15, linewidth=0)
    axes.set_xlim(0, rows.max() * 1.04)
    axes.set_xticks(rows, labels=[f"{round(one):,}" for one in rows])
    axes.locator_params(axis="y", nbins=6)
    write_powers(axes)
    legend_below(figure)
    known = ", ".join(
        f"{round(one):,} rows {'undefined' if np.isnan(value) else decimals(value, 3)}"
        for one, value in zip(rows, _column([point[metric]["scored"] for point in curve["sizes"]], "mean"), strict=True)
    )
    figure.set_label(f"{name} by training rows: {known}.")
    return figure


def _column(points: list[Mapping[str, Any]], key: str) -> np.ndarray:
    return np.array([point[key] for point in points], np.float64)
