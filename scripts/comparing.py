"""What `compare.py` does: each part is one call below, and what it returns is printed or drawn."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from rich.console import Console

from evaluation.candidate import of_finite_folds
from evaluation.comparison import compare
from evaluation.comparison_matrix import pooled_matrix, signs, verdict_tables
from evaluation.comparison_table import conclusions, legend, means_table, pair_tables
from experiment.candidates import find_results, load_candidates
from experiment.differing import differing_settings
from experiment.digests import unverified
from experiment.exit_codes import CANNOT_WRITE, DONE, RunError
from experiment.row_groups import row_dependence
from experiment.run_directory import RunDirectory
from scripts.guard import guarded, hear_interrupts


def run_comparison(arguments: argparse.Namespace) -> int:
    """Compare; every error becomes one line for each problem, and an exit code."""
    hear_interrupts()
    return guarded(lambda: _run(arguments), arguments.debug)


def _show(compared: Mapping[str, Any], settings: Mapping[str, Sequence[str]], pairs: bool, cautions: list[str]) -> None:
    """Two runs in full; of more, what each pair comes to in a cell, unless all `pairs` are asked for."""
    console = Console()
    if pairs or len(compared["candidates"]) == 2:
        tables, lines = pair_tables(compared), [*legend(compared), "", *conclusions(compared)]
    else:
        tables, lines = chain(verdict_tables(compared), pooled_matrix(compared)), list(signs(compared))
    console.print(means_table(compared, settings), *tables)
    for line in (*lines, *cautions):
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def _run(arguments: argparse.Namespace) -> int:
    found = find_results(arguments.runs)
    dependence = row_dependence(run := RunDirectory(found[0].root.parent), run.load_study())
    loaded = [replace(one, groups=dependence.groups) for one in load_candidates(found)]
    for line in [line for directory in found for line in unverified(directory)]:
        print(line, file=sys.stderr)
    candidates, without = of_finite_folds(loaded)
    thresholds = [one.metrics["thresholds"] for one in candidates]
    settings = differing_settings([directory.root.parent for directory in found], thresholds)
    compared = compare(candidates, arguments.metric, arguments.rope)
    if arguments.json:
        print(json.dumps(compared | {"settings": settings, "caution": without}, indent=2))
    else:
        caution = [f"DeLong's test: {dependence.caution}"] * bool(dependence.caution and compared["pooled_auroc"])
        _show(compared, settings, arguments.pairs, [*caution, *[without] * bool(without)])
    if arguments.plot:
        from evaluation.figures.comparison import comparison_figure  # matplotlib: only who wants a picture waits

        try:
            comparison_figure(compared, candidates).savefig(arguments.plot)
        except OSError as error:
            cause = f"{arguments.plot}: cannot be written ({error.strerror or error})"
            raise RunError(CANNOT_WRITE, f"{cause}; choose another FILE") from error
    return DONE
