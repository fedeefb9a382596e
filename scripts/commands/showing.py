"""What the scripts print of a trained, searched or re-evaluated run: its status, tables, and where it is."""

import sys
from collections.abc import Sequence

from rich.console import Console

from experiment.conduct import describe_place
from experiment.results.failures import failures
from experiment.results.hints import warnings_of
from experiment.results.outcome import Outcome
from experiment.results.search_files import read_answer
from experiment.run.files.digests import unverified
from reporting.tables.baselines_table import beside_in_words
from reporting.tables.search_table import search_summary
from reporting.tables.status_table import status_table
from reporting.tables.table import comparison_table


def show_results(outcome: Outcome, overrides: Sequence[str] = ()) -> None:
    """Print the results, and the path of the run; `overrides` are those that it is evaluated with."""
    beside, console = outcome.beside_baselines(), Console()
    if outcome.metrics:
        console.print(status_table(outcome.metrics), "")
    if beside:
        console.print(*beside_in_words(beside), sep="\n")
    if outcome.metrics:
        console.print(comparison_table(outcome.metrics), "")
        print(f"{outcome.disagreement}\n" if outcome.disagreement else "", end="")
    if answer := read_answer(outcome.run):
        console.print(search_summary(answer), "")
    print(f"evaluated by {' '.join(overrides)}\n" if overrides else "", end="")
    print("\n".join(describe_place(outcome.run)), flush=True)
    for line in unverified(map(outcome.run.framework, outcome.metrics)):
        print(line, file=sys.stderr)
    alarms = [*warnings_of(outcome.hints), *failures(outcome.metrics)]
    for line in alarms if not sys.stdout.isatty() else []:  # a terminal has just shown them in the status
        print(line, file=sys.stderr)
