"""Status table of a run for a terminal."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from evaluation.verdicts.status import shared_status

STYLES = {"failed": "bold red", "warning": "bold yellow", "note": "bold", "ok": "bold green"}


def status_table(metrics: Mapping[str, Mapping[str, Any]]) -> Table:
    """Level and text of every item, `{framework: metrics.json}` -> a table for `rich.console.Console.print`.

    No text is truncated: it is wrapped where the terminal is narrow.
    """
    table = Table(title="status", title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for item in shared_status(metrics):
        told = escape(item.text) + (f"\n[dim]try:[/dim] {escape(item.cure)}" if item.cure else "")
        table.add_row(f"[{STYLES[item.level]}]{item.level}[/]", told)
    return table
