"""A comparison for a reader of the terminal. The candidates have a letter each, because their names may be long."""

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from evaluation.comparison import OWN_UNITS, UNDEFINED
from evaluation.decimals import HUGE, as_power

Comparison = Mapping[str, Any]

POOLED = "AUROC of all scored rows"
DECIMALS, SMALL = 4, 0.5e-4
"""Digits of a share; and how little matters, from which on differences are so small that these are zeros."""


def means_table(compared: Comparison, settings: Mapping[str, Sequence[str]]) -> Table:
    """Candidates as columns; rows are the `settings` in which they differ, one value each, and their mean metrics."""
    letters = letters_of(compared)
    title = "\n".join(f"{letters[one['name']]}: {escape(one['name'])}" for one in compared["candidates"])
    table = plain_table(title, f"mean over {compared['folds']} folds", *letters.values())
    for key, values in settings.items():
        table.add_row(key, *values)
    table.add_section()
    for metric in compared["candidates"][0]["scored"]:
        table.add_row(metric, *[_mean(one["scored"][metric]) for one in compared["candidates"]])
    return table


def pair_tables(compared: Comparison) -> Iterator[Table]:
    """A table for each pair, a row for each metric: the difference, how sure it is, and which is probably better."""
    letters = letters_of(compared)
    for (one, other), tests in pairs_of(compared).items():
        a, b = letters[one], letters[other]
        table = plain_table(None, f"{a} - {b}", "mean", "95 % interval", "p", f"P({a})", "P(=)", f"P({b})")
        for test in tests:
            table.add_row(test["metric"], *_cells(test))
        yield table


def legend(compared: Comparison) -> Iterator[str]:
    """What the columns of `pair_tables` mean."""
    own = ", ".join(metric for metric in compared["candidates"][0]["scored"] if metric in OWN_UNITS)
    width = f"{compared['rope']:g}" + (f" ({own}: {compared['rope']:.3g} of their mean)" if own else "")
    yield "P(A), P(B): probability that A is better, that B is"
    yield f"P(=): probability of no practical difference, less than {width}"
    yield f"p: of no difference at all, corrected by Holm ({len(compared['comparisons'])} compared)"


def conclusions(compared: Comparison) -> Iterator[str]:
    """What to remember of each pair, in one line, and DeLong's test in another."""
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


def letter(place: int) -> str:
    """A to Z, then A1 to Z1, and so on."""
    return ascii_uppercase[place % 26] + str(place // 26 or "")


def _mean(value: float | None) -> str:
    return number(value, small=value is not None and as_power(value, DECIMALS))


def _list(names: Sequence[str], compared: int) -> str:
    if len(names) == compared > 1:
        return f"all {compared} metrics"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def letters_of(compared: Comparison) -> dict[str, str]:
    """Name of each candidate -> its letter."""
    return {candidate["name"]: letter(place) for place, candidate in enumerate(compared["candidates"])}


def pairs_of(compared: Comparison) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """The comparisons of each pair, one for each metric."""
    pairs: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for test in compared["comparisons"]:
        pairs.setdefault((test["a"], test["b"]), []).append(test)
    return pairs


def _cells(test: Mapping[str, Any]) -> list[str]:
    """Difference, interval, p and, where they are known, the three probabilities."""
    if test["p"] is None:
        return [UNDEFINED]
    small = 0 < test.get("rope", 0) < SMALL
    middle, low, high = (number(test[name], "+", small) for name in ("difference", "low", "high"))
    chances = [f"{test[name]:.0%}" for name in ("a_better", "equivalent", "b_better") if name in test]
    return [middle, f"[{low}, {high}]", p_value(test["p_holm"]), *chances]


def number(value: float | None, sign: str = "", small: bool = False) -> str:
    """Four decimals of a share, and fewer of a large number, as of an error in the target's units; no -0.

    A huge number is a power of ten, and so is one among `small` ones, which would be zeros.
    """
    if value is None:
        return UNDEFINED
    if abs(value) >= HUGE or small:
        return f"{value:{sign}.3e}"
    decimals = DECIMALS if abs(value) < 10 else 2 if abs(value) < 1000 else 0
    return f"{round(value, decimals) + 0.0:{sign}.{decimals}f}"


def p_value(value: float) -> str:
    """Three decimals of a p value."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def plain_table(title: str | None, first: str, *columns: str) -> Table:
    """An empty table with a rule below its head; numbers stand to the right."""
    table = Table(title=title, title_justify="left", title_style="", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    return table
