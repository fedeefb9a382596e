"""Rows per second of the input: planned chunks and a gather, against a row-by-row loader."""

from typing import Any

from benchmarks.child import run_case
from benchmarks.spread import Spread, ratios, spread
from configs.learners import LEARNERS

REPEATS = 5
FRAMEWORKS = tuple(LEARNERS)


def measure(repeats: int, rows: int = 100_000) -> dict[str, Any]:
    """Rows per second by framework, round and way."""
    options = ["--rounds", repeats, "--rows", rows]
    return {
        framework: run_case("input_rows", "--framework", framework, *options, framework=framework)["rounds"]
        for framework in FRAMEWORKS
    }


def table(values: dict[str, Any]) -> list[list[str]]:
    """Millions of rows per second."""
    rows = [["rows of 30 columns, batches of 32", "million rows/s", "ratio to the loader"]]
    for framework in FRAMEWORKS:
        ours, loader = values[framework][0]
        series = {way: [one[way] for one in values[framework]] for way in (ours, loader)}
        for way, rates in series.items():
            ratio = ratios(rates, series[loader]).text(1) if way == ours else ""
            rows.append([way, Spread(*(rate / 1e6 for rate in spread(rates))).text(3), ratio])
    return rows
