"""Leaderboard as CSV: one line for each learner, with the digests of its table."""

from collections.abc import Sequence

import polars as pl

from reporting.leaderboard.board import Board, described
from reporting.tables.formulas import without_formulas


def csv(boards: Sequence[Board]) -> str:
    """All boards, one below the other; numbers with all digits, texts safe for a spreadsheet."""
    lines = [line for board in boards for line in _lines(board)]
    return without_formulas(pl.DataFrame(lines, infer_schema_length=None)).write_csv()


def _lines(board: Board) -> list[dict[str, object]]:
    told = described(board)
    shared = {name: value for name, value in told.items() if name != "learners"}
    return [
        shared
        | {name: one[name] for name in ("rank", "learner", "run", "kind", "mean", "std")}
        | dict(zip(("ci95_low", "ci95_high"), one["ci95"], strict=True))
        | {f"{name}_to_best": value for name, value in one["against_best"].items()}
        | {name: one[name] for name in ("verdict", "ties_with_best")}
        for one in told["learners"]
    ]
