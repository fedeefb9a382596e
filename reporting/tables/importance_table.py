"""Permutation importance in the terminal: a row for each column of the data."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from configs.shown import shown
from evaluation.importance import NEARLY, change_in, main_metric
from reporting.tables.comparison_cells import number, plain_table

MOST, MOST_PAIRS = 20, 5
"""Columns of the table, the most important ones, and pairs of correlated columns that are named."""
Importances = Mapping[str, Mapping[str, Any]]


def importance_table(known: Importances, task: str) -> Group:
    """The mean importance over the folds by the main metric, with its interval, of each learner of `known`, not empty.

    Sorted by the first learner. Below it, the columns that share their importance.
    """
    first = next(iter(known.values()))
    metric = main_metric(first["metrics"], first["columns"])
    title = Text(f"importance: {change_in(metric, task)}", style="bold")
    return Group(title, _table(known, metric), *_below(known))


def _table(known: Importances, metric: str) -> Table:
    first = next(iter(known.values()))
    table = plain_table("column", *(f"{name} (95 %)" for name in known))
    table.columns[0].no_wrap, table.columns[0].overflow = False, "fold"
    cells = {name: {one["column"]: _cell(one[metric]) for one in own["columns"]} for name, own in known.items()}
    for one in first["columns"][:MOST]:
        table.add_row(escape(shown(one["column"])), *(own.get(one["column"], "") for own in cells.values()))
    return table


def _below(known: Importances) -> Iterator[str]:
    first = next(iter(known.values()))
    folds, repeats = len(first["folds"]), first["repeats"]
    yield f"mean over {_count(folds, 'fold')} and {_count(repeats, 'permutation')} of each column, {first['rows']} rows"
    if (more := len(first["columns"]) - MOST) > 0:
        yield f"{_count(more, 'less important column')} left out; importance.json of a learner has all"
    if pairs := first["correlated"]:
        named = [f"{' and '.join(map(shown, one['columns']))} ({one['correlation']:.2f})" for one in pairs[:MOST_PAIRS]]
        rest = [f"and {len(pairs) - MOST_PAIRS} more pairs"] * (len(pairs) > MOST_PAIRS)
        told = f"rank correlation beyond {NEARLY:g}, so they share their importance: {', '.join([*named, *rest])}"
        yield escape(told)


def _cell(one: Mapping[str, Any]) -> str:
    if one["mean"] is None:
        return str(one.get("reason", "undefined"))
    interval = "" if one["low"] is None else f" ({number(one['low'])}, {number(one['high'])})"
    return f"{number(one['mean'])}{interval}"


def _count(amount: int, name: str) -> str:
    return f"{amount} {name}{'s' * (amount != 1)}"
