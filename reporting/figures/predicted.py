"""Scatter plot of a regression: predicted against true values."""

from matplotlib.figure import Figure

from evaluation.decimals import decimals
from evaluation.folds.names import Names
from evaluation.judging.judge import judge
from evaluation.predictions import Predictions
from reporting.canvas import BLUE, DASHED, fold_gid, legend_below, square, write_powers


def predicted_figure(shown: Predictions, names: Names, where: str) -> Figure:
    """Each row's prediction against its true value, one cloud per fold, and the identity line."""
    figure, axes = square(f"Predicted against true, {where}", "true value", "predicted value")
    predicted = shown.logits[:, 0]
    low, high = float(min(predicted.min(), shown.target.min())), float(max(predicted.max(), shown.target.max()))
    margin = 0.04 * (high - low or 1.0)
    axes.plot([low, high], [low, high], label="predicted = true", **DASHED)
    scores = judge(shown.logits, shown.target, "regression")
    alpha = min(max(150 / len(predicted), 0.08), 0.6)
    for key in shown.members():
        fold = shown.of_member(*key)
        dots = axes.scatter(fold.target, fold.logits[:, 0], s=18, color=BLUE, alpha=alpha, linewidths=0, zorder=2)
        dots.set_gid(fold_gid(names[key]))
    label = f"{len(predicted):,} rows, RMSE {decimals(scores['rmse'], 3)}, R² {decimals(scores['r2'], 3)}"
    axes.scatter([], [], s=18, color=BLUE, linewidths=0, label=label)  # opaque in the legend
    axes.set(xlim=(low - margin, high + margin), ylim=(low - margin, high + margin))
    write_powers(axes)
    legend_below(figure, left=0.95)
    figure.set_label(f"{label}.")
    return figure
