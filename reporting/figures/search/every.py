"""All figures of a search, by name; those for which it has enough trials."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from reporting.figures.search.history import history_figure
from reporting.figures.search.importance import importance_figure
from reporting.figures.search.parallel import parallel_figure
from reporting.figures.search.slices import slices_figure
from reporting.figures.search.values import done_trials, varied_keys


def search_figures(answer: Mapping[str, Any]) -> dict[str, Figure]:
    """Name -> figure of a `search.json`, in display order."""
    if not done_trials(answer):
        return {}
    drawn = {"history": history_figure}
    if answer["importance"]["keys"]:
        drawn["importance"] = importance_figure
    if varied_keys(answer):
        drawn |= {"parallel": parallel_figure, "slices": slices_figure}
    return {name: draw(answer) for name, draw in drawn.items()}
