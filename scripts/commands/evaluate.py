"""Implementation of `evaluate.py`: each run is one call below, and its result is printed."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from experiment.results.explaining import explain_run
from experiment.results.figure_files import check_folder, write_figures
from experiment.results.importance import read_importance
from experiment.results.outcome import Outcome
from experiment.results.re_evaluating import check_overrides, judge_run, untrained
from experiment.run.exit_codes import DONE
from experiment.run.opening import open_run
from reporting.tables.importance_table import importance_table
from scripts.commands.guard import guarded, hear_interrupts
from scripts.commands.showing import show_results


def run_evaluation(arguments: argparse.Namespace) -> int:
    """Re-evaluate every run; a failure does not stop the others. Returns the largest exit code."""
    hear_interrupts()
    return max(guarded(partial(_evaluate, path, arguments), arguments.debug) for path in arguments.runs)


def _evaluate(path: Path, arguments: argparse.Namespace) -> int:
    run, overrides = open_run(path), arguments.overrides
    check_overrides(overrides)
    study = run.load_study(overrides)
    if arguments.figures:  # before anything is computed
        check_folder(run, study, arguments.figures, arguments.format)
    if arguments.explain and (code := explain_run(run, overrides, arguments.debug)) != DONE:
        return code
    outcome = judge_run(run, overrides)
    for line in untrained(outcome):
        print(line, file=sys.stderr)
    written: Sequence[str] = ()
    if arguments.figures:  # before anything is printed: a pipe that is closed early does not cost them
        every = outcome.metrics | outcome.baselines
        written = write_figures(run, study, every, arguments.figures, arguments.format)
    show_results(outcome, overrides)
    if arguments.explain:
        show_importance(outcome)
    if written:
        print(f"figures      {len(written)} files in {arguments.figures}", flush=True)
    return outcome.exit_code


def show_importance(outcome: Outcome) -> None:
    """Print the importance of the columns of each framework that is trained."""
    known = {name: read_importance(outcome.run.framework(name)) for name in outcome.metrics}
    if measured := {name: own for name, own in known.items() if own.get("folds")}:
        task = next(iter(outcome.metrics.values()))["task"]
        Console().print("", importance_table(measured, task))
