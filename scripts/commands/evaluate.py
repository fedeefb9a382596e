"""Implementation of `evaluate.py`: each run is one call below, and its result is printed."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from experiment.conduct import Outcome, describe_place
from experiment.results.explaining import explain_run
from experiment.results.failures import failures
from experiment.results.figure_files import write_figures
from experiment.results.re_evaluating import check_overrides, judge_run, untrained
from experiment.run.exit_codes import DONE
from experiment.run.files.digests import unverified
from experiment.run.opening import open_run
from reporting.tables.baselines_table import beside_in_words
from reporting.tables.status_table import status_table
from reporting.tables.table import comparison_table
from scripts.commands.guard import guarded, hear_interrupts


def run_evaluation(arguments: argparse.Namespace) -> int:
    """Re-evaluate every run; a failure does not stop the others. Returns the largest exit code."""
    hear_interrupts()
    return max(guarded(partial(_judge, path, arguments), arguments.debug) for path in arguments.runs)


def _judge(path: Path, arguments: argparse.Namespace) -> int:
    run, overrides = open_run(path), arguments.overrides
    check_overrides(overrides)
    if arguments.explain and (code := explain_run(run, overrides, arguments.debug)) != DONE:
        return code
    outcome = judge_run(run, overrides)
    _show(outcome, overrides)
    if arguments.figures:
        study, learners = run.load_study(overrides), outcome.metrics or outcome.baselines
        written = write_figures(run, study, learners, arguments.figures, arguments.format)
        print(f"figures      {len(written)} files in {arguments.figures}", flush=True)
    return outcome.exit_code


def _show(outcome: Outcome, overrides: Sequence[str]) -> None:
    """Print the tables of a run, and its path."""
    for line in [*untrained(outcome), *unverified(map(outcome.run.framework, outcome.metrics))]:
        print(line, file=sys.stderr)
    if outcome.metrics:
        Console().print(status_table(outcome.metrics), "", comparison_table(outcome.metrics), "")
    if beside := outcome.beside_baselines():
        Console().print(*beside_in_words(beside), sep="\n")
    if overrides:
        print(f"judged with  {' '.join(overrides)}")
    print("\n".join(describe_place(outcome.run)), flush=True)
    for line in failures(outcome.metrics) if not sys.stdout.isatty() else []:
        print(line, file=sys.stderr)
