"""Training curves: training and validation loss of all folds over epochs, and the number of active folds."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from configs.trained_with import measured_with
from evaluation.decimals import decimals
from evaluation.training_curves.active_folds import Spread, spread_over_folds
from evaluation.training_curves.loss_curves import LossCurves
from reporting.canvas import (
    GREEN,
    GREY,
    INK,
    PURPLE,
    blank,
    dress,
    fold_gid,
    legend_below,
    logarithmic,
    pale,
    write_powers,
)  # fmt: skip

Floats = NDArray[np.float64]
Curves = Mapping[str, LossCurves]
DECADE = 10.0
NO_RATES: Mapping[str, Floats] = MappingProxyType({})


def losses_in_words(metrics: Mapping[str, Any]) -> str:
    """Sentence on a training loss that is another one than that of validation rows, of `metrics.json`; else ""."""
    if not (trained_with := metrics.get("trained_with")):
        return ""
    losses = f"The training loss is {trained_with}, the validation loss {measured_with(metrics['task'])}"
    return f"{losses}: the curves cannot be compared with each other."


def learning_figure(
    curves: Curves,
    best_epoch: Mapping[str, int],
    dropout: bool = False,
    losses: str = "",
    rates: Mapping[str, Floats] = NO_RATES,
) -> Figure:
    """Training and validation loss of every fold, their median and quartiles, and the number of active folds.

    A stopped fold is in no median: an epoch's values are those of the folds that trained in it, and a lower plot has
    their number. Losses that span a decade have a logarithmic axis. Epochs without a finite loss are gaps.

    Args:
        curves: loss curves by the fold's name.
        best_epoch: best epoch by the fold's name, drawn as a dot; -1 for a fold without one.
        dropout: whether the training loss was measured with dropout on.
        losses: `losses_in_words`, where training and validation loss are different losses.
        rates: learning rates by the fold's name, in a plot of their own below; none if they are constant.
    """
    active = active_spread([one.train for one in curves.values()]).folds
    counted = len(curves) > 1 and len(set(active.tolist())) > 1
    lower = counted + bool(rates)
    figure = blank(6.8, 4.6 + 0.7 * lower)
    axes, *below = figure.subplots(
        1 + lower, sharex=True, squeeze=False, height_ratios=[6, 1, 1][: 1 + lower]
    )[:, 0]  # fmt: skip
    dress(axes, "Training curves", "" if lower else "epoch", "loss")
    axes.locator_params(nbins=6)
    axes.locator_params(axis="x", integer=True, min_n_ticks=1)
    training = "training" + ", another loss" * bool(losses) + ", dropout on" * dropout
    held = {name: one.validation for name, one in curves.items() if len(one.validation)}
    said = [
        _part(axes, {name: one.train for name, one in curves.items()}, training, PURPLE, 0),
        _part(axes, held, "validation", GREEN, 1),
        _best(axes, curves, best_epoch),
        losses,
    ]
    if len(curves) > 1:
        _explain(axes)
    _limit(axes, [loss for one in curves.values() for loss in one if len(loss)])
    if counted:
        said.append(_count(below[0], active, len(curves)))
    if rates:
        said.append(_rates(below[-1], rates))
    if below:
        below[-1].set_xlabel("epoch")
    write_powers(axes)
    legend_below(figure, left=0.95, gap=0.3 * bool(lower))
    figure.set_label(" ".join(filter(None, said)))
    return figure


def active_spread(lines: Sequence[Floats]) -> Spread:
    """`spread_over_folds` of loss curves of different lengths, each `(its epochs,)`."""
    length = max(map(len, lines))
    return spread_over_folds(
        np.array([np.pad(losses, (0, length - len(losses)), constant_values=np.nan) for losses in lines])
    )


def _part(axes: Axes, lines: Mapping[str, Floats], part: str, colour: str, number: int) -> str:
    """One thin line per fold, their median and quartiles; a single fold stands alone. Returns a summary in words."""
    if not lines:
        return ""
    alone = len(lines) == 1
    for name, losses in lines.items():
        width, alpha = (1.5, 1.0) if alone else (0.8, pale(len(lines)))
        [line] = axes.plot(losses, color=colour, linewidth=width, alpha=alpha)
        line.set(gid=fold_gid(name, number), label=part if alone else None)
    spread = active_spread(list(lines.values()))
    if not alone:
        axes.plot(spread.median, color=colour, linewidth=2, zorder=4, label=part)
        epochs = np.arange(len(spread.median))
        axes.fill_between(epochs, spread.lower, spread.upper, color=colour, alpha=0.18, linewidth=0, zorder=2)
    if not (known := spread.median[np.isfinite(spread.median)]).size:
        return f"No loss of {part} is finite."
    which = "Loss" if alone else "Median loss of the active folds"
    return f"{which}, {part}: {decimals(known[0], 3)} at first, lowest {decimals(known.min(), 3)}."


def _explain(axes: Axes) -> None:
    """Legend of line styles and colours."""
    axes.plot([], [], color=GREY, linewidth=2.5, label="median of active folds")
    axes.fill_between([], [], color=GREY, alpha=0.3, linewidth=0, label="quartiles of active folds")
    axes.plot([], [], color=GREY, linewidth=0.8, label="a fold")


def _best(axes: Axes, curves: Curves, best_epoch: Mapping[str, int]) -> str:
    kept = []
    for name, (train, validation) in curves.items():
        epoch, losses = best_epoch[name], validation if len(validation) else train
        if 0 <= epoch < len(losses):
            axes.plot(epoch, losses[epoch], "o", color=INK, markersize=4, zorder=5, gid=fold_gid(name, 2))
            kept.append(epoch)
    axes.plot([], [], "o", color=INK, markersize=4, label="best epoch of a fold" if len(curves) > 1 else "best epoch")
    if len(kept) < 2:
        return f"Best epoch: {kept[0]}." if kept else ""
    return f"Best epochs: {min(kept)} to {max(kept)}, median {np.median(kept):g}."


def _count(axes: Axes, active: NDArray[np.int64], folds: int) -> str:
    """Number of active folds with a finite loss in each epoch, below the losses."""
    epochs = np.arange(len(active) + 1)
    dress(axes, "", "", "")
    axes.stairs(active, epochs - 0.5, color=INK, linewidth=1.2)
    axes.set(ylim=(0, 1.15 * folds), yticks=(0, folds))
    axes.text(0, 1.06, "active folds", transform=axes.transAxes, fontsize=9, color=INK)
    return f"{active[0]} folds train at first, {active[-1]} in epoch {epochs[-2]}."


def _rates(axes: Axes, rates: Mapping[str, Floats]) -> str:
    """Learning rate of every fold, below the losses, on an axis from 0."""
    dress(axes, "", "", "")
    for name, values in rates.items():
        axes.plot(values, color=INK, linewidth=0.8, alpha=max(0.4, pale(len(rates))), gid=fold_gid(name, 3))
    every = np.concatenate([*rates.values()])
    highest = float(np.nanmax(every))
    axes.set(ylim=(0, 1.15 * highest), yticks=(0, highest), yticklabels=("0", f"{highest:.2g}"))
    axes.text(0, 1.06, "learning rate", transform=axes.transAxes, fontsize=9, color=INK)
    return f"Learning rates of {np.nanmin(every):.2g} to {highest:.2g}."


def _limit(axes: Axes, losses: list[Floats]) -> None:
    """Limit the y axis: from just below 0, so that dots are whole, to twice the 95 % quantile of the losses at most.

    One diverging fold must not flatten the rest.
    """
    every = np.concatenate(losses)
    if not len(finite := every[np.isfinite(every)]):
        return
    start = np.nanmax([values[0] for values in losses], initial=0.0)
    top = min(float(finite.max()), max(2 * float(np.quantile(finite, 0.95)), float(start))) or 1.0
    lowest = max(float(finite.min()), float(np.quantile(finite, 0.05)) / DECADE)
    if finite.min() > 0 and top / lowest >= DECADE:
        logarithmic(axes, 0.8 * lowest, 1.2 * top)
    else:
        axes.set_ylim(-0.02 * top, 1.05 * top)
