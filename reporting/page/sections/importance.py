"""Permutation importance on the page: a figure and a table of each framework, or of both where they agree."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from evaluation.importance import NEARLY, change_in
from evaluation.judging.catalogue import metric_of
from reporting.figures.importance import MOST, importance_figure
from reporting.page.alike import LAW, SHARE
from reporting.page.blocks import Block, Cell, Drawings, Facts, Grid, Row
from reporting.page.drawings import WIDTH, inline_svg
from reporting.page.numbers import ABSENT, bound, brief, count, full, listed, span
from reporting.page.part import BOTH, Part, Parts, first

TITLE = "Permutation importance"
MOST_ROWS = 50
"""Columns of the table, the most important ones."""
SHARED = "Correlated columns share their importance: where one can stand in for the other, both look unimportant."
MOST_PAIRS = 8
"""Pairs of correlated columns that are named."""


def importance_blocks(parts: Parts) -> list[Block]:
    """Figure, table and caveats; nothing where it was not measured."""
    known = {name: part for name, part in parts.items() if part.importance.get("folds")}
    if not known:
        return []
    gap = _gap(known)
    agreed = (
        "" if gap is None else f" Both frameworks; largest difference {bound(gap)}." if gap else " Both frameworks."
    )
    drawn = known if gap is None else {BOTH: first(known)}
    return [Row([_drawings(drawn, agreed)]), *(_table(drawn, name) for name in drawn), *_caveats(first(known))]


def _drawings(parts: Parts, agreed: str) -> Drawings:
    svgs = {}
    for number, (name, part) in enumerate(parts.items()):
        figure = importance_figure(part.importance, part.metrics["task"])
        told = f"{TITLE}, {name}. {figure.get_label()}"
        svgs[name] = inline_svg(figure, told, f"i{number}", WIDTH)
    columns = len(first(parts).importance["columns"])
    most = f"The {MOST} most important of {columns} columns. " if columns > MOST else ""
    return Drawings(TITLE, f"{most}Lines are 95 % intervals over the folds.{agreed}", svgs)


def _table(parts: Parts, name: str) -> Grid:
    """A row for each column, a cell for each metric."""
    part = parts[name]
    known = part.importance
    rows = [
        [Cell(one["column"]), *(Cell(full(one[metric]["mean"]), _span(one[metric])) for metric in known["metrics"])]
        for one in known["columns"][:MOST_ROWS]
    ]
    caption = f"{TITLE}, {name}" if len(parts) > 1 else TITLE
    names = [change_in(metric, part.metrics["task"]) for metric in known["metrics"]]
    repeats = f"mean over {count(known['repeats'], 'permutation')} and {count(len(known['folds']), 'fold')}"
    return Grid(caption, ["", *names], rows, f"{repeats[0].upper()}{repeats[1:]}{_left(known)}.", dense=True)


def _left(known: Mapping[str, Any]) -> str:
    more = len(known["columns"]) - MOST_ROWS
    return f"; {count(more, 'less important column')} left out" if more > 0 else ""


def _span(one: Mapping[str, Any]) -> str:
    return span(one) or one.get("reason", ABSENT)


def _caveats(part: Part) -> list[Block]:
    """How to read the numbers, and which columns share their importance."""
    known = part.importance
    where = "scored" if known["rows"] == "scored" else "held-out test"
    reading = [
        f"How much worse a fold's network predicts its own {where} rows when the values of the column are in random "
        "order: what these networks use, not what causes the target.",
        "Each interval is of one column alone: of twenty columns that are noise, one may exclude 0 by chance.",
    ]
    pairs = [f"{listed(one['columns'])} ({brief(one['correlation'])})" for one in known["correlated"]]
    more = [f"and {len(pairs) - MOST_PAIRS} more pairs"] * (len(pairs) > MOST_PAIRS)
    shared = (
        [f"Rank correlation beyond {NEARLY:g}: {'; '.join([*pairs[:MOST_PAIRS], *more])}.", SHARED] if pairs else []
    )
    told = [("Importance", reading), ("Correlated columns", shared)]
    return [Facts([(term, lines) for term, lines in told if lines])]


def _gap(parts: Parts) -> float | None:
    """Largest difference of the importance of two frameworks; None where there are not two, or it is not small."""
    if len(parts) != 2:
        return None
    one, other = (part.importance for part in parts.values())
    if any(one[name] != other[name] for name in ("metrics", "repeats", "folds", "rows")):
        return None
    gaps = [0.0]
    for metric in one["metrics"]:
        here, there = (
            {column["column"]: column[metric]["mean"] for column in each["columns"]} for each in (one, other)
        )
        if here.keys() != there.keys() or any((here[name] is None) != (there[name] is None) for name in here):
            return None
        known = [name for name, mean in here.items() if mean is not None]
        apart = np.abs([here[name] - there[name] for name in known])
        most = SHARE * np.abs([here[name] for name in known]).max(initial=0.0) if metric_of(metric).unbounded else LAW
        if (apart > most).any():
            return None
        gaps.append(float(apart.max(initial=0.0)))
    return max(gaps)
