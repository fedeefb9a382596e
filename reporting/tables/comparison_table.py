"""Comparison tables on the terminal. The candidates have a letter each, because their names may be long."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from evaluation.comparing.comparison import UNDEFINED
from evaluation.decimals import as_power
from evaluation.judging.catalogue import metric_of
from reporting.tables.comparison_cells import (
    DECIMALS,
    Comparison,
    chance,
    fitting,
    letters_of,
    number,
    p_value,
    pairs_of,
    plain_table,
)

POOLED = "AUROC of all scored rows"
SPREADS = {"std_over_folds": "sd over folds", "std_over_seeds": "sd over seeds", "ensemble": "test, ensemble"}
WIDEST, SMALL = 16, 0.5e-4
"""Largest length of a setting's value on one line; and bound below which differences are written as powers of ten."""


def heading(compared: Comparison, details: Sequence[str], width: int = 80) -> list[str]:
    """Letter and name of each candidate, and its details: beside it, or below it if the line is too long."""
    named = [f"{key}: {name}" for name, key in letters_of(compared).items()]
    longest = max(map(len, named))
    if longest + 2 + max(map(len, details)) <= width:
        return [f"{name:{longest}}  {detail}" for name, detail in zip(named, details, strict=True)]
    return [line for name, detail in zip(named, details, strict=True) for line in (name, f"   {detail}")]


def means_tables(compared: Comparison, settings: Mapping[str, Sequence[str]], width: int = 80) -> Iterator[Table]:
    """Candidates as columns, as many as `width` holds; rows are the `settings` that differ, and the mean metrics.

    Where a candidate has several seeds, below that the spread by fold, that by seed, and the ensemble on the test set.
    """
    candidates, letters = compared["candidates"], [*letters_of(compared).values()]
    metrics, of_seeds = [*candidates[0]["scored"]], SPREADS if "spreads" in candidates[0] else {}
    rows = [*metrics, *(row for title in of_seeds.values() for row in (title, *metrics))]
    cells = [
        [_mean(one["scored"][metric]) for metric in metrics] + _spreads(one, metrics, of_seeds) for one in candidates
    ]
    told = [[values[place] for values in settings.values()] for place in range(len(candidates))]
    title = f"mean over {compared['folds']} folds"
    widths = [max(map(len, [*own, *(text[:WIDEST] for text in said)])) for own, said in zip(cells, told, strict=True)]
    for places in fitting([title, *rows, *settings], widths, width):
        table = plain_table(title, *[letters[place] for place in places])
        for column in table.columns[1:]:
            column.max_width = WIDEST
        for row, key in enumerate(settings):
            table.add_row(escape(key), *[escape(told[place][row]) for place in places])
        table.add_section()
        for row, name in enumerate(rows):
            table.add_row(name, *[cells[place][row] for place in places])
        yield table


def _spreads(candidate: Mapping[str, Any], metrics: Sequence[str], titles: Mapping[str, str]) -> list[str]:
    """The cells below those of the means: of each of `titles` an empty one, and one for each metric; `-` for none."""
    cells = []
    for key in titles:
        values = [candidate["spreads"][metric][key] for metric in metrics]
        cells += ["", *("-" if value is None else _mean(value) for value in values)]
    return cells


def pair_tables(compared: Comparison) -> Iterator[Table]:
    """A table for each pair, a row for each metric: difference, interval, p value, and the probably better one."""
    letters = letters_of(compared)
    for (one, other), tests in pairs_of(compared).items():
        a, b = letters[one], letters[other]
        table = plain_table(f"{a} - {b}", "mean", "95 % interval", "p", f"P({a})", "P(=)", f"P({b})")
        for test in tests:
            table.add_row(test["metric"], *_cells(test))
        yield table


def legend(compared: Comparison) -> Iterator[str]:
    """Legend of the columns of `pair_tables`."""
    own = ", ".join(metric for metric in compared["candidates"][0]["scored"] if not metric_of(metric).natural_scale)
    yield "P(A), P(B): probability that A is better, that B is"
    yield f"P(=): of practical equivalence, a difference of less than {compared['rope']:g}"
    if own:
        yield f"      (of {own}: less than {compared['rope']:.3g} of their mean)"
    yield f"p: of no difference at all, corrected by Holm ({len(compared['comparisons'])} compared)"


def conclusions(compared: Comparison) -> Iterator[str]:
    """Conclusion on each pair, in one line, and DeLong's test in another."""
    letters = letters_of(compared)
    for (a, b), tests in pairs_of(compared).items():
        said: dict[str, list[str]] = {}
        for test in tests:
            verdict = f"{letters[test['winner']]} is {test['verdict']}" if test["winner"] else test["verdict"]
            said.setdefault(verdict, []).append(test["metric"])
        parts = [f"{verdict} in {_list(names, len(tests))}" for verdict, names in said.items()]
        yield f"{letters[a]} and {letters[b]}: {'; '.join(parts)}"
    for area in compared["pooled_auroc"]:
        cells, name = _cells(area), f"{letters[area['a']]} - {letters[area['b']]}"
        because = f" ({area['reason']})" if area["reason"] else ""
        yield f"{name}, {POOLED} (DeLong): {' '.join(cells[:2])}, p {cells[-1]}{because}"


def _mean(value: float | None) -> str:
    return number(value, small=value is not None and as_power(value, DECIMALS))


def _list(names: Sequence[str], compared: int) -> str:
    if len(names) == compared > 1:
        return f"all {compared} metrics"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _cells(test: Mapping[str, Any]) -> list[str]:
    """Difference, interval, p and, where they are defined, the three probabilities."""
    if test["p"] is None:
        return [UNDEFINED]
    small = 0 < test.get("rope", 0) < SMALL
    middle, low, high = (number(test[name], "+", small) for name in ("difference", "low", "high"))
    chances = [chance(test[name]) for name in ("a_better", "equivalent", "b_better") if name in test]
    return [middle, f"[{low}, {high}]", p_value(test["p_holm"]), *chances]
