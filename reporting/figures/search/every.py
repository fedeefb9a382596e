"""All figures of a search, by name; those for which it has enough trials."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from reporting.figures.search.history import history_figure
from reporting.figures.search.importance import importance_figure
from reporting.figures.search.parallel import parallel_figure
from reporting.figures.search.slices import slices_figure
from reporting.figures.search.values import done_trials, varied_keys

NAMES = ("history", "importance", "parallel", "slices")
"""All that there may be, in display order."""


def search_figures(answer: Mapping[str, Any]) -> dict[str, Figure]:
    """Name -> figure of a `search.json`, in the order of `NAMES`; none without a trial that has a value."""
    if not done_trials(answer):
        return {}
    draw = dict(zip(NAMES, (history_figure, importance_figure, parallel_figure, slices_figure), strict=True))
    if not answer["importance"]["keys"]:
        del draw["importance"]
    if not varied_keys(answer):
        del draw["parallel"], draw["slices"]
    return {name: own(answer) for name, own in draw.items()}
