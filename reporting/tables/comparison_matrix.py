"""Comparison of three or more runs on the terminal: all pairs in one matrix.

The verdicts are a column of signs for each pair. DeLong's test is a matrix with differences on one side of the
diagonal and p values on the other, like `pwpm` of R's emmeans.
"""

from collections.abc import Iterator

from rich.table import Table

from evaluation.comparing.comparison import BETTER, EQUIVALENT, PROBABLY_BETTER, UNDECIDED, UNDEFINED
from reporting.tables.comparison_cells import Comparison, fitting, letters_of, number, p_value, pairs_of, plain_table
from reporting.tables.comparison_table import POOLED

SIGNS = {BETTER: "{}", PROBABLY_BETTER: "({})", EQUIVALENT: "=", UNDECIDED: ".", UNDEFINED: "-"}
FIRST = "better"
"""Header of the column of metrics."""


def verdict_tables(compared: Comparison, width: int = 80) -> Iterator[Table]:
    """A row for each metric, a column for each pair, and in each cell the better one of the two; legend in `signs`."""
    letters, pairs = letters_of(compared), pairs_of(compared)
    names = [f"{letters[a]} {letters[b]}" for a, b in pairs]
    metrics = [test["metric"] for test in next(iter(pairs.values()))]
    cells = [[SIGNS[test["verdict"]].format(letters.get(test["winner"], "")) for test in own] for own in pairs.values()]
    for places in fitting([FIRST, *metrics], [*map(len, names)], width):
        table = plain_table(FIRST, *[names[place] for place in places])
        for row, metric in enumerate(metrics):
            table.add_row(metric, *[cells[place][row] for place in places])
        yield table


def signs(compared: Comparison) -> Iterator[str]:
    """Legend of the cells of `verdict_tables`, and the place of their numbers."""
    yield "letter: better than the other one; (letter): probably better;"
    yield "=: practically equivalent; .: undecided; -: undefined in a fold"
    yield f"better: by its p value, too, corrected by Holm ({len(compared['comparisons'])} compared)"
    if pooled := compared["pooled_auroc"]:
        yield f"DeLong: {POOLED}, row - column;"
        yield f"        below the diagonal p, corrected by Holm ({len(pooled)} compared)"
    yield "--pairs prints every difference with interval, p and probabilities,"
    yield "--json every number"


def pooled_matrix(compared: Comparison, width: int = 80) -> Iterator[Table]:
    """DeLong's test of every pair, the difference and across the diagonal its p value; nothing if not binary."""
    tests, letters = compared["pooled_auroc"], letters_of(compared)
    if not tests:
        return
    cells = {(test["a"], test["b"]): _difference(test) for test in tests}
    cells |= {(test["b"], test["a"]): _p(test) for test in tests}
    columns = [[cells.get((row, column), "") for row in letters] for column in letters]
    for places in fitting(["DeLong"], [max(map(len, column)) for column in columns], width):
        table = plain_table("DeLong", *[[*letters.values()][place] for place in places])
        for row, name in enumerate(letters.values()):
            table.add_row(name, *[columns[place][row] for place in places])
        yield table


def _difference(test: Comparison) -> str:
    return UNDEFINED if test["p"] is None else number(test["difference"], "+")


def _p(test: Comparison) -> str:
    return UNDEFINED if test["p"] is None else p_value(test["p_holm"])
