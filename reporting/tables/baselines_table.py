"""Table of a run's networks, baselines and imported models, for the terminal."""

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from configs.shown import shown
from evaluation.comparing.against_baselines import AgainstBaselines
from evaluation.decimals import decimals
from reporting.tables.comparison_cells import plain_table

MOST = 3
"""Metrics that fit into 80 columns beside the names."""
USUAL = {
    "auroc": ("auroc", "f1", "accuracy"),
    "rmse": ("rmse", "mae", "r2"),
}


def table_metrics(told: AgainstBaselines) -> list[str]:
    """The metrics of the table: that by which the rows are ordered, and others that all of them have."""
    known = [name for name in told.learned[0].scored if name != "loss"]
    usual = [name for name in USUAL.get(told.metric, ()) if name in known]
    return list(dict.fromkeys([told.metric, *usual, *known]))[:MOST]


def beside_in_words(told: AgainstBaselines) -> list[RenderableType]:
    """What a terminal shows of the learners of a run: the sentences, and `baselines_table`."""
    return [*told.sentences, *[""] * bool(told.sentences), baselines_table(told), ""]


def baselines_table(told: AgainstBaselines) -> Table:
    """A row for each learner, the best first: mean and standard deviation over the folds."""
    metrics = table_metrics(told)
    table = plain_table(f"{told.folds} folds, mean +- sd", *metrics)
    table.title, table.title_justify, table.title_style = told.title, "left", "bold"
    for one in told.learned:
        table.add_row(escape(shown(one.label)), *(spread(one.scored.get(name)) for name in metrics))
    return table


def spread(summary: dict[str, float | None] | None) -> str:
    """`0.9961 +- 0.0056`; `undefined` where a fold leaves the metric undefined, "" where there are no folds."""
    if not summary:
        return ""
    mean, deviation = summary["mean"], summary["std"]
    if mean is None:
        return "undefined"
    return decimals(mean, 4) + ("" if deviation is None else f" +- {decimals(deviation, 4)}")
