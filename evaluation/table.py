"""The numbers of a run for a reader: a terminal table and its markdown twin."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.table import Table

from evaluation.metrics import METRICS

Metrics = Mapping[str, Any]
UNDEFINED = "undefined"


def comparison_table(metrics: Mapping[str, Metrics]) -> Table:
    """Frameworks as columns, metrics as rows: `{framework: metrics.json}` -> a table for `rich.console.Console.print`.

    Three sections: mean and standard deviation over the folds, the pooled out-of-fold rows, and the ensemble of the
    folds on the test part; a section that a study does not have is left out. The text is ASCII; the rule below the
    head is, too, where rich finds a terminal that knows no other.
    """
    table = Table(title=_title(metrics), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("metric")
    for framework in metrics:
        table.add_column(framework, justify="right")
    for section, rows in _sections(metrics):
        table.add_section()
        table.add_row(f"[bold]{section}[/bold]")
        for metric, values in rows:
            table.add_row(f"  {metric}", *values)
    return table


def markdown_table(metrics: Mapping[str, Metrics]) -> str:
    """The same as `comparison_table`, as one markdown table."""
    lines = [_row(["metric", *metrics]), _row(["---", *("---:" for _ in metrics)])]
    for section, rows in _sections(metrics):
        lines.append(_row([f"**{section}**", *("" for _ in metrics)]))
        lines += [_row([metric, *values]) for metric, values in rows]
    return "\n".join(lines) + "\n"


def _sections(metrics: Mapping[str, Metrics]) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Title and rows, metric -> one cell per framework, of every section that a study has."""
    every = list(metrics.values())
    names = METRICS[every[0]["task"]]
    num_folds = max(len(one["folds"]) for one in every)
    if any(one["scored"] for one in every):
        yield f"{num_folds} folds, mean +- sd", [(m, [_spread(one["scored"].get(m)) for one in every]) for m in names]
        yield "out of fold, pooled", [(m, [_number(one["out_of_fold"], m) for one in every]) for m in names]
    if any(one["test"] for one in every):
        title = f"test part, ensemble of {num_folds} folds" if num_folds > 1 else "test part"
        yield title, [(m, [_number(one["test"].get("ensemble"), m) for one in every]) for m in names]


def _title(metrics: Mapping[str, Metrics]) -> str:
    return ", ".join(dict.fromkeys(one["study"] for one in metrics.values()))


def _spread(summary: Metrics | None) -> str:
    if not summary or summary["mean"] is None:
        return UNDEFINED if summary else ""
    mean, std = summary["mean"], summary["std"]
    return f"{mean:.4f}" if std is None else f"{mean:.4f} +- {std:.4f}"


def _number(values: Metrics | None, metric: str) -> str:
    if not values:
        return ""
    return UNDEFINED if values[metric] is None else f"{values[metric]:.4f}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
