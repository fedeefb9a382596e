"""Every figure of a run as a file of its own."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from configs.files.atomic import write_bytes
from configs.files.given_files import resolved
from configs.schema import Study
from configs.shown import all_shown
from experiment.learning_curve.results import read_curves
from experiment.results.saved import SavedResults
from experiment.run.exit_codes import CANNOT_WRITE, RunError
from experiment.run.files.reading import read_json, trusting
from experiment.run.run_directory import RunDirectory
from experiment.run.run_learners import learners_of
from reporting.figures.files import figure_files, taken
from reporting.figures.importance import importance_figure
from reporting.figures.learning_curve import learning_curve_figures
from reporting.figures.search.every import NAMES, search_figures
from reporting.page.drawn import TITLES
from reporting.page.part import Part, fold_keys

SEARCH, IMPORTANCE, CURVE = "search", "permutation_importance", "learning_curve"
Figures = dict[str, dict[str, Figure]]


def check_folder(run: RunDirectory, study: Study, folder: Path, form: str) -> None:
    """Raise RunError if `folder` cannot be written, or has a file of a name that a figure of the run may have."""
    place = next(one for one in (folder, *resolved(folder).parents) if one.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        cause = "is no folder" if not place.is_dir() else "is a folder without write permission"
        raise RunError(CANNOT_WRITE, f"{folder}: cannot be written, since {place} {cause}; choose another folder")
    names = [*(_name(tag) for tag in TITLES), IMPORTANCE, CURVE]
    possible = dict.fromkeys(learners_of(run, study).every, names) | {SEARCH: NAMES}
    if there := taken(possible, form, folder):
        rest = f" (and {len(there) - 1} more)" if len(there) > 1 else ""
        cure = "choose another folder, or remove the files"
        raise RunError(CANNOT_WRITE, f"{folder / there[0]}: is there already{rest}, and no figure was written; {cure}")


def write_figures(
    run: RunDirectory, study: Study, metrics: Mapping[str, Mapping[str, Any]], folder: Path, form: str
) -> list[str]:
    """Write every figure of the learners of `metrics`, and of a search, to `folder`, which is made; return their names.

    The figures are those of TensorBoard and of the page, with their titles.

    Raises:
        RunError: a file of that name is there already, and nothing is written; or the folder cannot be written.
        StudyError: a file of the run is damaged.
    """
    read = {name: SavedResults(run.framework(name)) for name in metrics}
    parts = {name: one.part(metrics[name], study).shown() for name, one in read.items()}
    figures: Figures = {name: _of_learner(part) for name, part in parts.items()}
    curves = {name: curve for name, curve in read_curves(run).items() if name in parts}
    for name, figure in (learning_curve_figures(curves, fold_keys(parts)) if curves else {}).items():
        figures[name][CURVE] = figure
    figures[SEARCH] = _of_search(run)
    check_folder(run, study, folder, form)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in figure_files(figures, form):
            write_bytes(resolved(folder) / name, content)
            written.append(name)
    except OSError as error:
        cause = f"{error.filename or folder}: cannot be written ({error.strerror or error})"
        raise RunError(CANNOT_WRITE, f"{cause}; choose another folder") from error
    return written


def _of_learner(part: Part) -> dict[str, Figure]:
    figures = {_name(tag): figure for tag, figure in part.figures.items()}
    if part.importance.get("folds"):
        figures[IMPORTANCE] = importance_figure(part.importance, part.metrics["task"])
    return figures


def _name(tag: str) -> str:
    """`roc_curves`, by the title of a figure on the page."""
    return TITLES[tag][0].lower().replace(" ", "_")


def _of_search(run: RunDirectory) -> dict[str, Figure]:
    """The figures of `search.json`; none for a run that is no search. Raises StudyError."""
    place = run.root / f"{SEARCH}.json"
    if not place.is_file():
        return {}
    cure = f"go on with it: python scripts/tune.py --resume {run.root}"
    with trusting(place, cure):
        return search_figures(all_shown(read_json(place, cure, "trials", "importance")))
