"""Implementation of `compare.py`: each part is one call below, and its result is printed or drawn."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console, RenderableType

from configs.shown import shown
from evaluation.comparing.candidate import Candidate, of_finite_folds
from evaluation.comparing.comparison import compare
from evaluation.comparing.comparison_twins import without_twins
from experiment.results.comparing.candidates import find_results, load_candidates, named
from experiment.results.comparing.differing import differing_settings
from experiment.results.comparing.run_code import Code, code_of, code_warnings
from experiment.results.comparing.run_names import run_names
from experiment.results.judging import search_warnings
from experiment.results.row_groups import row_dependence
from experiment.run.exit_codes import CANNOT_WRITE, DONE, RunError
from experiment.run.files.digests import unverified
from experiment.run.run_directory import RunDirectory
from reporting.tables.comparison_cells import letter
from reporting.tables.comparison_matrix import pooled_matrix, signs, verdict_tables
from reporting.tables.comparison_table import conclusions, heading, legend, means_tables, pair_tables
from scripts.commands.guard import guarded, hear_interrupts

NARROWEST = 80
"""Columns that the tables need."""


class Compared(NamedTuple):
    """The comparison, and details of the candidates: differing settings, code, and notes below the tables."""

    numbers: dict[str, Any]
    settings: dict[str, list[str]]
    codes: list[Code]
    notes: list[str]


def run_comparison(arguments: argparse.Namespace) -> int:
    """Compare; every error becomes one line for each problem, and an exit code."""
    hear_interrupts()
    return guarded(lambda: _run(arguments), arguments.debug)


def _run(arguments: argparse.Namespace) -> int:
    candidates, notes = _candidates(arguments)
    compared = _compared(candidates, notes, arguments)
    if arguments.json:
        told = {"settings": compared.settings, "notes": compared.notes}
        codes = [code._asdict() for code in compared.codes]
        print(json.dumps(compared.numbers | told | {"code": codes}, indent=2))
    else:
        _show(compared, arguments.pairs)
    if arguments.plot:
        _draw(compared.numbers, candidates, arguments.plot)
    return DONE


def _candidates(arguments: argparse.Namespace) -> tuple[list[Candidate], list[str]]:
    """The candidates by name, and notes on those left out."""
    found = find_results(arguments.runs)
    dependence = row_dependence(run := RunDirectory(found[0].root.parent), run.load_study())
    loaded, missing = of_finite_folds([replace(one, groups=dependence.groups) for one in load_candidates(found)])
    for line in unverified(found):
        print(line, file=sys.stderr)
    asked = {str(path.resolve()) for path in arguments.runs}
    kept, left = without_twins(loaded, [one for one in loaded if one.name in asked], arguments.rope)
    runs = list(dict.fromkeys(one.run for one in kept))
    first = [next(one for one in kept if one.run == name) for name in runs]
    candidates = named(kept, dict(zip(runs, run_names([*map(Path, runs)], _settings(first)), strict=True)))
    notes = [f"DeLong's test: {dependence.caution}"] * bool(
        dependence.caution and loaded[0].metrics["task"] == "binary"
    )
    notes += [*_left_out(candidates, left), *[missing] * bool(missing), *_optimistic(candidates)]
    return candidates, notes


def _left_out(candidates: Sequence[Candidate], left: Sequence[Candidate]) -> Iterator[str]:
    """A note on the candidates that are left out, since another one of their run is equivalent."""
    for framework in dict.fromkeys(one.framework for one in left):
        runs = [one.run for one in left if one.framework == framework]
        stand = ", ".join(letter(place) for place, one in enumerate(candidates) if one.run in runs)
        shown = f"give RUN/{framework} to see it"
        yield f"{stand}: {framework} is left out, practically equivalent in every metric; {shown}"


def _optimistic(candidates: Sequence[Candidate]) -> Iterator[str]:
    """A note on the candidates whose setting was chosen with the rows that score it."""
    for place, one in enumerate(candidates):
        if not one.is_baseline and (told := search_warnings(RunDirectory(Path(one.run)).load_study())):
            yield f"{letter(place)}: {told[0]}"


def _settings(candidates: Sequence[Candidate]) -> dict[str, list[str]]:
    """Differing key of the studies -> the value of each candidate."""
    return differing_settings([Path(one.run) for one in candidates], [one.metrics["thresholds"] for one in candidates])


def _compared(candidates: Sequence[Candidate], notes: Sequence[str], arguments: argparse.Namespace) -> Compared:
    numbers = compare(candidates, arguments.metric, arguments.rope)
    runs = list(dict.fromkeys(one.run for one in candidates))
    known = {run: code_of(RunDirectory(Path(run)).load_environment()) for run in runs}
    letters = {run: ", ".join(letter(n) for n, one in enumerate(candidates) if one.run == run) for run in runs}
    warnings = code_warnings([letters[run] for run in runs], [known[run] for run in runs])
    return Compared(numbers, _settings(candidates), [known[one.run] for one in candidates], [*notes, *warnings])


def _show(compared: Compared, pairs: bool) -> None:
    """Two candidates in full; of more, a verdict for each pair in a cell, unless `pairs` requests all tables."""
    numbers, width = compared.numbers, max(Console().width, NARROWEST)
    console = Console(width=width)
    places = [shown("/".join(Path(one["run"]).parts[-2:])) for one in numbers["candidates"]]
    details = [f"{place}, code {code.short}" for place, code in zip(places, compared.codes, strict=True)]
    if pairs or len(numbers["candidates"]) == 2:
        tables, lines = [*pair_tables(numbers)], [*legend(numbers), "", *conclusions(numbers)]
    else:
        tables, lines = [*verdict_tables(numbers, width), *pooled_matrix(numbers, width)], [*signs(numbers)]
    _print(console, heading(numbers, details, width))
    _print(console, [*means_tables(numbers, compared.settings, width), *tables])
    _print(console, [*lines, *[""] * bool(compared.notes), *compared.notes])


def _print(console: Console, parts: Iterable[RenderableType]) -> None:
    """Tables unchanged and lines wrapped at words, without trailing blanks."""
    with console.capture() as captured:
        for part in parts:
            console.print(part, highlight=False, markup=False)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _draw(compared: dict[str, Any], candidates: Sequence[Candidate], place: Path) -> None:
    """Raises RunError if the picture cannot be written."""
    from reporting.figures.comparison import comparison_figure  # matplotlib: only who wants a picture waits

    try:
        comparison_figure(compared, candidates).savefig(place)
    except OSError as error:
        cause = f"{place}: cannot be written ({error.strerror or error})"
        raise RunError(CANNOT_WRITE, f"{cause}; choose another FILE") from error
