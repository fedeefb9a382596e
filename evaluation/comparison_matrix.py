"""Three or more runs for a reader of the terminal: all pairs in one table, since each by itself would fill pages.

The verdicts are a column for each pair, as short as they can be said. DeLong's test is a matrix with differences on one
side of the diagonal and p values on the other, as `pwpm` of R's emmeans has it.
"""

from collections.abc import Iterator

from rich.table import Table

from evaluation.comparison import BETTER, EQUIVALENT, PROBABLY_BETTER, UNDECIDED, UNDEFINED
from evaluation.comparison_table import POOLED, Comparison, letters_of, number, p_value, pairs_of, plain_table

SIGNS = {BETTER: "{}", PROBABLY_BETTER: "({})", EQUIVALENT: "=", UNDECIDED: ".", UNDEFINED: "-"}
MOST_PAIRS = 10
"""Side by side, so that 80 columns hold them."""


def verdict_tables(compared: Comparison) -> Iterator[Table]:
    """A row for each metric, a column for each pair, and in each cell the better one of the two; see `signs`."""
    letters, every = letters_of(compared), list(pairs_of(compared).items())
    for start in range(0, len(every), MOST_PAIRS):
        pairs = every[start : start + MOST_PAIRS]
        table = plain_table(None, "the better one", *[f"{letters[a]} {letters[b]}" for (a, b), _ in pairs])
        for tests in zip(*[tests for _, tests in pairs], strict=True):
            cells = [SIGNS[test["verdict"]].format(letters.get(test["winner"], "")) for test in tests]
            table.add_row(tests[0]["metric"], *cells)
        yield table


def signs(compared: Comparison) -> Iterator[str]:
    """What the cells of `verdict_tables` mean, and where their numbers are."""
    yield "letter: that one is better; (letter): probably better; =: no practical difference; .: undecided; -: unknown"
    yield f"better: by its p value, too, corrected by Holm ({len(compared['comparisons'])} compared)"
    if pooled := compared["pooled_auroc"]:
        yield f"DeLong: {POOLED}, row - column; below the diagonal p, corrected by Holm ({len(pooled)} compared)"
    yield "--pairs prints every difference with interval, p and probabilities, --json every number"


def pooled_matrix(compared: Comparison) -> Iterator[Table]:
    """DeLong's test of every pair, the difference and across the diagonal its p value; nothing if not binary."""
    tests, letters = compared["pooled_auroc"], letters_of(compared)
    if tests:
        cells = {(test["a"], test["b"]): _difference(test) for test in tests}
        cells |= {(test["b"], test["a"]): _p(test) for test in tests}
        table = plain_table(None, "DeLong", *letters.values())
        for one, name in letters.items():
            table.add_row(name, *[cells.get((one, other), "") for other in letters])
        yield table


def _difference(test: Comparison) -> str:
    return UNDEFINED if test["p"] is None else number(test["difference"], "+")


def _p(test: Comparison) -> str:
    return UNDEFINED if test["p"] is None else p_value(test["p_holm"])
