"""Reliability diagram (calibration plot): observed frequency over mean predicted probability."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from evaluation.decimals import decimals
from evaluation.intervals.wilson import wilson_interval
from reporting.canvas import BLUE, DASHED, QUARTERS, fold_gid, legend_below, pale, square

Bins = Sequence[Mapping[str, Any]]
FEWEST_ROWS = 5
"""Fewest rows of a drawn bin of one fold; fewer are noise."""


def calibration_figure(
    together: Mapping[str, Any], folds: Mapping[str, Bins], task: str, where: str, passes: float = 1.0
) -> Figure:
    """Observed frequency over the mean predicted probability of each bin: pooled rows as a line, folds as small dots.

    Bars are pointwise 95 % intervals (Wilson 1927) of as many rows as one pass over them has.

    Args:
        together: `calibration` of all rows; the area of a dot is its bin's share of them.
        folds: the bins of each fold, by its name.
        task: "binary", where the probability is that of the positive class, or "multiclass", where it is that of
            the predicted class.
        where: the rows, in words.
        passes: how often each row is predicted, by repeats and seeds.
    """
    labels = (
        ("mean predicted probability", "observed frequency") if task == "binary" else ("mean confidence", "accuracy")
    )
    figure, axes = square(f"Calibration, {where}", *labels)
    axes.set(xticks=QUARTERS, yticks=QUARTERS)
    axes.plot([0, 1], [0, 1], label="perfect calibration", **DASHED)
    if len(folds) > 1:
        small: dict[str, Any] = {"color": BLUE, "linestyle": "none", "marker": "o", "markersize": 4, "zorder": 2}
        for name, bins in folds.items():
            axes.plot(*_points(bins, FEWEST_ROWS)[:2], alpha=pale(len(folds)), gid=fold_gid(name), **small)
        axes.plot([], [], alpha=0.6, label=f"bin of a fold, ≥ {FEWEST_ROWS} rows", **small)
    x, y, count = _points(together["bins"], 1)
    intervals = [wilson_interval(p, n / passes) for n, p in zip(count.tolist(), y.tolist(), strict=True)]
    axes.vlines(x, *zip(*intervals, strict=True), color=BLUE, linewidth=1, zorder=3)
    label = f"pooled rows, calibration error {decimals(together['ece'], 3)}"
    gid = fold_gid(next(iter(folds))) if len(folds) == 1 else None
    axes.plot(x, y, color=BLUE, linewidth=2, zorder=3, label=label, gid=gid)
    axes.scatter(x, y, s=20 + 180 * count / count.sum(), color=BLUE, linewidths=0, zorder=4, clip_on=False)
    legend_below(figure)
    of_folds = f"; {len(folds)} folds" if len(folds) > 1 else ""
    figure.set_label(f"Expected calibration error {decimals(together['ece'], 3)} of {count.sum():,} rows{of_folds}.")
    return figure


def _points(bins: Bins, fewest_rows: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.int64]]:
    """Mean probability, observed frequency and rows of the bins with at least `fewest_rows`, `(bins,)` each."""
    kept = [one for one in bins if one["count"] >= fewest_rows]
    x, y = (np.array([one[name] for one in kept], float) for name in ("mean_probability", "share_positive"))
    return x, y, np.array([one["count"] for one in kept], int)
