"""Implementation of `leaderboard.py`: find the runs, rank the learners of each fold plan, and print or write them."""

import argparse
import json
import os
import sys
from collections.abc import Sequence

from rich.console import Console

from configs.errors import StudyError
from configs.files.atomic import write_text
from configs.files.given_files import resolved
from configs.seats.metric_choice import asked_key
from configs.shown import shown
from evaluation.comparing.ranking import rank
from evaluation.judging.catalogue import METRICS
from experiment.results.comparing.finding import Found, find_learners
from experiment.run.exit_codes import CANNOT_WRITE, DONE, WRONG_STUDY, RunError
from reporting.leaderboard.board import OPTIMISTIC, Board, described
from reporting.leaderboard.delimited import csv
from reporting.leaderboard.latex import latex
from reporting.leaderboard.terminal import board_table, heading, legend
from scripts.commands.guard import guarded, hear_interrupts

WIDTH = 80


def run_ranking(arguments: argparse.Namespace) -> int:
    """Rank; every error becomes one line for each problem, and an exit code."""
    hear_interrupts()
    return guarded(lambda: _run(arguments), arguments.debug)


def _run(arguments: argparse.Namespace) -> int:
    if not arguments.folder.is_dir():
        raise RunError(WRONG_STUDY, f"{arguments.folder}: is not a folder; give one with runs, such as runs/")
    metric = None if arguments.metric is None else _key(arguments.metric)
    if arguments.output is not None and os.path.lexists(arguments.output):
        raise RunError(CANNOT_WRITE, f"{arguments.output}: is there already; choose another FILE, or remove it")
    found, problems = find_learners(resolved(arguments.folder))
    boards = _boards(found, metric, problems)
    for line in problems:
        print(f"left out: {shown(line)}", file=sys.stderr)
    if not boards:
        raise RunError(
            WRONG_STUDY, f"{arguments.folder}: has no results to rank; train a study: python scripts/train.py"
        )
    text = FORMATS[arguments.format](boards)
    if arguments.output is None:
        print(text, end="")
    else:
        write_text(resolved(arguments.output.parent) / arguments.output.name, text)
    return DONE


def _key(text: str) -> str:
    """The key of the metric that a person asks for. Raises StudyError."""
    try:
        return asked_key(text)
    except ValueError as error:
        raise StudyError([f"--metric {text}: {error}"]) from None


def _boards(found: Sequence[Found], metric: str | None, problems: list[str]) -> list[Board]:
    """A board for each table and split; learners without the metric are added to `problems`."""
    groups: dict[tuple[object, ...], list[Found]] = {}
    for one in found:
        metrics = one.candidate.metrics
        key = one.data_sha256, one.split_sha256, metrics["task"], tuple(metrics["classes"])
        groups.setdefault(key, []).append(one)
    boards = []
    for (data, split, task, _), members in groups.items():
        asked = metric or next(name for name in METRICS[str(task)] if name != "loss")
        measured = [one for one in members if one.candidate.measures(asked)]
        problems += [f"{one.candidate.name}: has no {asked}" for one in members if one not in measured]
        if measured:
            kinds = {one.candidate.name: OPTIMISTIC if one.optimistic else one.kind for one in measured}
            standings = rank([one.candidate for one in measured], asked)
            boards.append(Board(str(data), str(split), str(task), asked, standings, kinds))
    return sorted(boards, key=lambda board: (board.runs[0], board.split_sha256))


def _table(boards: Sequence[Board]) -> str:
    console = Console(width=max(Console().width, WIDTH))
    with console.capture() as captured:
        for board in boards:
            for line in heading(board):
                console.print(line, highlight=False, markup=False)
            console.print("", board_table(board))
        for line in legend(len(boards)):
            console.print(line, highlight=False, markup=False)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _json(boards: Sequence[Board]) -> str:
    return json.dumps([described(board) for board in boards], indent=2) + "\n"


FORMATS = {"table": _table, "csv": csv, "latex": latex, "json": _json}
