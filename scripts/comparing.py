"""What `compare.py` does: each part is one call below, and what it returns is printed or drawn."""

import argparse
import json
from dataclasses import replace

from rich.console import Console

from evaluation.candidate import of_finite_folds
from evaluation.comparison import compare
from evaluation.comparison_table import conclusions, legend, means_table, pair_tables
from experiment.candidates import find_results, load_candidates
from experiment.differing import differing_settings
from experiment.exit_codes import CANNOT_WRITE, DONE, RunError
from experiment.row_groups import row_dependence
from experiment.run_directory import RunDirectory
from scripts.guard import guarded, hear_interrupts


def run_comparison(arguments: argparse.Namespace) -> int:
    """Compare; every error becomes one line for each problem, and an exit code."""
    hear_interrupts()
    return guarded(lambda: _run(arguments), arguments.debug)


def _run(arguments: argparse.Namespace) -> int:
    found = find_results(arguments.runs)
    dependence = row_dependence(run := RunDirectory(found[0].root.parent), run.load_study())
    loaded = [replace(one, groups=dependence.groups) for one in load_candidates(found)]
    candidates, without = of_finite_folds(loaded)
    thresholds = [one.metrics["thresholds"] for one in candidates]
    settings = differing_settings([directory.root.parent for directory in found], thresholds)
    compared = compare(candidates, arguments.metric, arguments.rope)
    if arguments.json:
        print(json.dumps(compared | {"settings": settings, "caution": without}, indent=2))
    else:
        console = Console()
        console.print(means_table(compared, settings), *pair_tables(compared))
        caution = [f"DeLong's test: {dependence.caution}"] * bool(dependence.caution and compared["pooled_auroc"])
        for line in (*legend(compared), "", *conclusions(compared), *caution, *[without] * bool(without)):
            console.print(line, soft_wrap=True, highlight=False, markup=False)
    if arguments.plot:
        from evaluation.figures.comparison import comparison_figure  # matplotlib: only who wants a picture waits

        try:
            comparison_figure(compared, candidates).savefig(arguments.plot)
        except OSError as error:
            cause = f"{arguments.plot}: cannot be written ({error.strerror or error})"
            raise RunError(CANNOT_WRITE, f"{cause}; choose another FILE") from error
    return DONE
