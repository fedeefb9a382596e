"""Leaderboard for the terminal, in 80 columns."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from evaluation.comparing.comparison import EQUIVALENT, UNDECIDED
from evaluation.comparing.ranking import BEST, PROBABLY_WORSE, WORSE, Standing
from evaluation.decimals import decimals
from reporting.leaderboard.board import Board, described
from reporting.tables.comparison_cells import letter, p_value, plain_table

SIGNS = {BEST: "best", EQUIVALENT: "=", UNDECIDED: ".", PROBABLY_WORSE: "(worse)", WORSE: "worse"}
SHORT = 12
"""Digits of a digest."""


def heading(board: Board) -> Iterator[str]:
    """Which rows and folds a table is of, by what it is sorted, and the runs, with a letter where there are several."""
    told = described(board)
    places = f"data {board.data_sha256[:SHORT]}, fold plan {board.split_sha256[:SHORT]}"
    yield f"{told['task']}, {told['folds']} folds, {places}"
    yield f"by {board.label}, {told['better']} is better: mean over the folds (95 %)"
    letters, shown = _letters(board), {one.candidate.run: entry["run"] for one, entry in _pairs(board)}
    for run, own in letters.items():
        yield f"{own or 'run'}: {shown[run]}"


def board_table(board: Board) -> Table:
    """A row for each learner, the best first; those without a rank last. Runs have the letters of `heading`."""
    letters = _letters(board)
    several = len(letters) > 1
    table = plain_table("rank")
    table.columns[0].justify = "right"
    for name in ("learner", *["run"] * several):
        table.add_column(name, overflow="fold")
    for name in (board.label, "p"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("vs best", overflow="fold")
    for standing, one in _pairs(board):
        names = [learner_in_words(one), *[letters[standing.candidate.run]] * several]
        p = one["against_best"]["p_holm"]
        cells = [score(one), "" if p is None else p_value(p), SIGNS.get(one["verdict"], one["verdict"])]
        table.add_row("-" if one["rank"] is None else str(one["rank"]), *map(escape, [*names, *cells]))
    return table


def _letters(board: Board) -> dict[str, str]:
    """Run -> its letter, "" for the only one."""
    return {run: letter(place) * (len(board.runs) > 1) for place, run in enumerate(board.runs)}


def _pairs(board: Board) -> Iterator[tuple[Standing, dict[str, Any]]]:
    """Each learner, and its entry of `described`."""
    return zip(board.standings, described(board)["learners"], strict=True)


def learner_in_words(one: Mapping[str, Any]) -> str:
    """`lightning`; with its kind if that is neither a network nor a baseline: `lightning (search)`."""
    return str(one["learner"]) + f" ({one['kind']})" * (one["kind"] not in ("network", "baseline"))


def score(one: Mapping[str, Any]) -> str:
    """`0.9961 (0.991, 1.000)`; `undefined` without a mean."""
    if one["mean"] is None:
        return "undefined"
    ends = one["ci95"]
    interval = "" if ends[0] is None else f" ({decimals(ends[0], 3)}, {decimals(ends[1], 3)})"
    return decimals(one["mean"], 4) + interval


def legend(boards: int) -> Iterator[str]:
    """Legend of the column `vs best`, and why there is more than one table."""
    yield "vs best: =: practically equivalent; .: undecided; (worse): probably worse;"
    yield "  worse: by its p value, too; p is corrected for all pairs of a table (Holm)"
    if boards > 1:
        yield f"{boards} tables: learners of different data or fold plans are never ranked together"
