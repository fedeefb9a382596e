"""Implementation of `import_predictions.py`: import, evaluate the run again, and print where the model stands."""

import argparse
import sys

from rich.console import Console

from configs.shown import shown
from experiment.conduct import describe_place
from experiment.results.importing import import_predictions
from experiment.results.re_evaluating import judge_run
from experiment.run.exit_codes import DONE
from experiment.run.locks import locked
from experiment.run.opening import open_run
from reporting.tables.baselines_table import beside_in_words
from scripts.commands.guard import guarded, hear_interrupts


def run_import(arguments: argparse.Namespace) -> int:
    """Import; every error becomes one line for each problem, and an exit code."""
    hear_interrupts()
    return guarded(lambda: _run(arguments), arguments.debug)


def _run(arguments: argparse.Namespace) -> int:
    run = open_run(arguments.run)
    with locked(run.root):
        unused = import_predictions(run, arguments.name, arguments.file, arguments.folds_sha256)
    if unused:
        print(f"{shown(str(arguments.file))}: columns that are not used: {shown(', '.join(unused))}", file=sys.stderr)
    outcome = judge_run(run)
    if beside := outcome.beside_baselines():
        Console().print(*beside_in_words(beside), sep="\n")
    print("\n".join(describe_place(outcome.run)), flush=True)
    return DONE
