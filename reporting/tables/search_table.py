"""Summary of a search for a terminal: what it found, and its best settings."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from configs.shown import all_shown, shown
from evaluation.decimals import decimals
from reporting.search_words import answer_lines, setting_in_words
from reporting.tables.comparison_cells import plain_table

ALARMING = ("on a bound", "failed")


def search_summary(answer: Mapping[str, Any]) -> Group:
    """The sentences of a `search.json`, and the table of its best settings; nothing is truncated in 80 columns."""
    told = all_shown(answer)
    return Group(*(_top(told) if told["top"] else ()), _lines(told))


def _lines(answer: Mapping[str, Any]) -> Table:
    table = Table(
        title="the search", title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False
    )
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for term, text in answer_lines(answer):
        alarming = term in ALARMING or (term == "outer score" and answer["optimistic"])
        style = "bold yellow" if alarming else "bold"
        table.add_row(f"[{style}]{term}[/]", escape(shown(text)))
    return table


def _top(answer: Mapping[str, Any]) -> tuple[Text, Table]:
    """A line on what the table is of; and number, mean, standard error and values of the best settings, best first.

    A title of the table would wrap within its width.
    """
    entries = {one["number"]: one for one in answer["trials"]}
    name, trials = answer["objective"]["name"], len(answer["trials"])
    table = plain_table("trial", f"{name} +- se")
    table.add_column("setting", overflow="fold")
    how = f"by {name} of validation rows"
    how += "" if answer["together"] else ", relative to the other trials of a fold"
    for number in answer["top"]:
        one = entries[number]
        error = "" if one["error"] is None else f" +- {decimals(one['error'], 4)}"
        table.add_row(str(number), f"{decimals(one['mean'], 4)}{error}", escape(setting_in_words(answer, one)))
    return Text(f"best of {trials} settings, {how}", style="bold"), table
