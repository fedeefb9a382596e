"""Figures of a search on the page: those of `search_figures`, with how to read them."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from reporting.figures.search.every import search_figures
from reporting.figures.search.parallel import MOST_KEYS
from reporting.figures.search.slices import MOST as MOST_SLICES
from reporting.figures.search.values import varied_keys
from reporting.page.blocks import Drawings
from reporting.page.drawings import WIDE, WIDTH, inline_svg


class _Shown(NamedTuple):
    """How a figure is shown: its title, how to read it, whether it is wide, and how many keys it has room for."""

    title: str
    note: str
    wide: bool = False
    most: float = math.inf


FIGURES = {
    "history": _Shown("History", "A trial on the edge lies beyond the axis. Best so far: by the validation rows."),
    "importance": _Shown(
        "Importance of the keys",
        "A random forest predicts the rank of a trial from its keys; a bar is the error that permuting a key adds to"
        " its predictions of trials that it has not seen, its line one standard deviation over the held-out parts. 0:"
        " the key does nothing that the forest sees. It says nothing of values that were not tried, nor which value is"
        " good.",
    ),
    "parallel": _Shown(
        "Parallel coordinates",
        "A line is a trial; the best objective is on top. Logarithmic where the range is.",
        wide=True,
        most=MOST_KEYS,
    ),
    "slices": _Shown(
        "Slices",
        "The other keys vary, too: a slope may be theirs. The largest dot: the best trial. Dashed: the study as"
        " written. A trial on the edge lies beyond the axis.",
        wide=True,
        most=MOST_SLICES,
    ),
}
"""Of each of `search_figures`."""


def search_drawings(answer: Mapping[str, Any]) -> list[Drawings]:
    """The figures that a search has enough trials for."""
    found = []
    for number, (name, figure) in enumerate(search_figures(answer).items()):
        shown = FIGURES[name]
        note = f"{shown.note}{_worth(answer) if name == 'importance' else _left_out(answer, shown.most)}"
        label = f"{shown.title}, search. {figure.get_label()} {note}"
        svg = inline_svg(figure, label, f"search{number}", WIDE if shown.wide else WIDTH)
        found.append(Drawings(shown.title, note, {answer["learner"]: svg}, shown.wide))
    return found


def _worth(answer: Mapping[str, Any]) -> str:
    """How far the importance of the keys is to be trusted."""
    told = answer["importance"]
    weak = f"; {told['reason']}" if told["reason"] else ""
    return f" Its R2 out of the bag is {told['r2']:.2f}, of {told['trials']} trials{weak}."


def _left_out(answer: Mapping[str, Any], most: float) -> str:
    keys, which = len(varied_keys(answer)), "the most important" if answer["importance"]["keys"] else "the first"
    return f" Of {keys} keys {which} {most} are drawn." if keys > most else ""
