"""Learning curves: do the folds learn, for how long, and do they learn by heart?"""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from evaluation.canvas import BLUE, INK, VERMILION, blank, dress, fold_gid, legend_below, pale, write_powers
from evaluation.loss_curves import LossCurves

Floats = NDArray[np.float64]
Curves = Mapping[str, LossCurves]


def learning_figure(curves: Curves, best_epoch: Mapping[str, int]) -> Figure:
    """Train and validation loss of every fold, thin; their means; a dot at the epoch that each fold was kept at.

    `curves` and `best_epoch` by the fold's name; -1 for a fold that kept none.
    """
    figure = blank(6.8, 4.6)
    axes = figure.add_subplot()
    dress(axes, "Learning curves", "epoch", "loss")
    axes.locator_params(nbins=6)
    axes.locator_params(axis="x", integer=True, min_n_ticks=1)
    _part(axes, {name: one.train for name, one in curves.items()}, "train", BLUE, 0)
    held = {name: one.validation for name, one in curves.items() if len(one.validation)}
    _part(axes, held, "validation", VERMILION, 1)
    _kept(axes, curves, best_epoch)
    _limit(axes, [loss for one in curves.values() for loss in one if len(loss)])
    write_powers(axes)
    legend_below(figure, left=0.95)
    return figure


def mean_loss(lines: list[Floats]) -> Floats:
    """Mean over folds, each `(its epochs,)` -> `(most epochs,)`; one that has stopped keeps its last loss.

    Without it the mean would improve whenever a poor fold leaves. A loss that is not finite counts as not there.
    """
    length = max(map(len, lines))
    table = np.array([np.pad(losses, (0, length - len(losses)), mode="edge") for losses in lines])
    return np.asarray(np.ma.masked_invalid(table).mean(axis=0).filled(np.nan))


def _part(axes: Axes, lines: Mapping[str, Floats], part: str, colour: str, number: int) -> None:
    """One thin line per fold and their mean; a single fold stands alone."""
    alone = len(lines) == 1
    for name, losses in lines.items():
        [line] = axes.plot(
            losses, color=colour, linewidth=1.5 if alone else 0.9, alpha=1 if alone else pale(len(lines))
        )
        line.set(gid=fold_gid(name, number), label=part if alone else None)
    if len(lines) > 1:
        label = f"{part}, mean of {len(lines)} folds"
        axes.plot(mean_loss(list(lines.values())), color=colour, linewidth=2, zorder=4, label=label)


def _kept(axes: Axes, curves: Curves, best_epoch: Mapping[str, int]) -> None:
    for name, (train, validation) in curves.items():
        epoch, losses = best_epoch[name], validation if len(validation) else train
        if 0 <= epoch < len(losses):
            axes.plot(epoch, losses[epoch], "o", color=INK, markersize=4, zorder=5, gid=fold_gid(name, 2))
    axes.plot([], [], "o", color=INK, markersize=4, label="kept epoch of a fold")


def _limit(axes: Axes, losses: list[Floats]) -> None:
    """From just below 0, where a dot is whole, to where all but the wildest twentieth of the losses end.

    One diverging fold must not flatten the rest.
    """
    every = np.concatenate(losses)
    if len(finite := every[np.isfinite(every)]):
        start = np.nanmax([values[0] for values in losses], initial=0.0)
        top = min(float(finite.max()), max(2 * float(np.quantile(finite, 0.95)), float(start)))
        axes.set_ylim(-0.02 * (top or 1.0), 1.05 * (top or 1.0))
